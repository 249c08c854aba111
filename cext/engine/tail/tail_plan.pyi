from collections.abc import Mapping, Sequence

from cext.lang.item import Item, Offer
from cext.offers.rows import BasketRow

STEPS_MAX_N: int
PIECES_MAX_N: int

class TailPlan:
    def __init__(
        self,
        rows: Sequence[tuple[int, BasketRow, Offer]],
        index: Mapping[str, int],
        items: Sequence[Item],
    ) -> None: ...
