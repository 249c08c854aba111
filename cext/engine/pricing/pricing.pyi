from cext.engine.pricing.batch import Batch, BatchResult
from cext.engine.pricing.plan import Plan
from cext.engine.pricing.priced import Priced
from cext.lang.basket import Basket
from cext.lang.item import PriceBook
from cext.lang.quote import Quote
from cext.lang.rights import Rights

COUPONS_MAX_N: int
PIECES_MAX_N: int
WORK_MAX_N: int

class Pricer(Plan):
    def __init__(self, book: PriceBook, *, work_max_n: int = ...) -> None: ...
    def quote(self, basket: Basket, at_ms: int, rights: Rights = ...) -> Quote: ...
    def price(self, basket: Basket, at_ms: int, rights: Rights = ...) -> Priced: ...
    def price_many(self, batch: Batch) -> BatchResult: ...
