from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cext.engine.tail.tail_plan import TailPlan

WHYS: tuple[str, ...]

# (total, most, takings, losses, uses, gifts, points spent); run_tail.__doc__ names their fields.
_Ran: TypeAlias = tuple[
    int,
    int,
    list[tuple[int, int, int, int]],
    list[tuple[int, str, int, int]],
    list[tuple[int, int]],
    list[tuple[int, int, int]],
    int,
]

def run_tail(
    plan: TailPlan,
    lines: Sequence[tuple[int, int, int, int, int, int]],
    *,
    facts: Mapping[int, tuple[int, int | None, int]] = ...,
    points_n: int = 0,
    stock: Mapping[int, int] = ...,
    prices: Sequence[int] = (),
) -> _Ran: ...
