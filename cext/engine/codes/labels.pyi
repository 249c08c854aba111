from cext.lang.code import QuantityRange
from cext.lang.item import LabelLayout

LAYOUT_MAX_N: int

def make_code(
    layout: LabelLayout,
    *,
    item: str = "",
    amount_minor: int = 0,
    weight_g: int = 0,
    digits: str = "",
    currency_digits: int = 2,
) -> str: ...
def derive_range(amount_minor: int, *, price_minor: int, per: int) -> QuantityRange: ...
