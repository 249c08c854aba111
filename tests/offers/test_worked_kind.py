"""The offer kind that cext/README.md writes down as an example is a whole kind, and works."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from msgspec import Raw

import cext.offers
from cext.engine import Pricer
from cext.lang.item import Offer
from cext.offers import KINDS, load_kind
from tests.engine.books import NOW_MS, make_book
from tests.oracle.judge import price_best

README = Path(cext.offers.__file__).parents[1] / "README.md"
NAME = "full_box"


@pytest.fixture
def kind() -> Iterator[ModuleType]:
    """The README's file as a module, and its row in the table for as long as the test runs."""
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    module = ModuleType(f"cext.offers.{NAME}")
    sys.modules[module.__name__] = module
    KINDS[NAME] = module.__name__
    try:
        exec(compile(blocks[0], str(README), "exec", dont_inherit=True), module.__dict__)
        yield module
    finally:
        del KINDS[NAME], sys.modules[module.__name__]
        load_kind.cache_clear()


def test_the_worked_example_of_the_readme_saves_what_it_says(kind: ModuleType) -> None:
    for example in kind.EXAMPLES:
        terms = Raw(msgspec.json.encode(example.terms))
        offer = Offer(offer="o1", kind=NAME, title="", terms=terms)
        book = make_book(*example.items, offers=(offer,))

        quote = Pricer(book).quote(example.basket, NOW_MS)

        assert quote.discount_minor == example.discount_minor, example.says
        assert price_best(book, example.basket, NOW_MS) == {quote.payable_minor}
        reasons = {one.reason for line in quote.lines for one in line.adjustments}
        assert reasons <= {"box of 6 for 20.00"}
