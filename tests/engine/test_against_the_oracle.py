"""Two hundred thousand random sales: the compiled engine says what the slow oracle says.

Each world is a price book of its own with overlapping offers of every shape; every sale is priced
by both, to the cent, the rule and the reason. `make torture` goes on from here by the million.
"""

from __future__ import annotations

import pytest

from tests.engine.duel import fight
from tests.engine.kind_worlds import make_world
from tests.engine.raw_rows import known_rows

WORLDS_N = 400
CASES_N = 500
CHUNKS_N = 20


@pytest.mark.parametrize("chunk", range(CHUNKS_N))
def test_every_sale_of_random_shops_is_priced_as_the_oracle_prices_it(chunk: int) -> None:
    with known_rows():
        for seed in range(chunk, WORLDS_N, CHUNKS_N):
            quarrel = fight(make_world(seed), CASES_N)
            assert quarrel is None, str(quarrel)
