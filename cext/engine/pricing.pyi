from cext.engine.plan import Plan
from cext.lang.basket import Basket
from cext.lang.quote import Quote

COUPONS_MAX_N: int

class Pricer(Plan):
    def quote(self, basket: Basket, at_ms: int) -> Quote: ...
