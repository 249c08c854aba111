"""What happens at the counter: lanes, tenders, sales, refunds, receipts and their printing."""

from edge.sales.closing import Shop
from edge.sales.counter import Counter
from edge.sales.drafts import Drafts, open_drafts
from edge.sales.lane import Desk, Lane
from edge.sales.proving import Proved, Proving
from edge.sales.receipts import Receipts
from edge.sales.views import (
    LaneNews,
    LaneView,
    News,
    PrintedNews,
    Receipt,
    SaleNews,
    ScanNews,
)

__all__ = [
    "Counter",
    "Desk",
    "Drafts",
    "Lane",
    "LaneNews",
    "LaneView",
    "News",
    "PrintedNews",
    "Proved",
    "Proving",
    "Receipt",
    "Receipts",
    "SaleNews",
    "ScanNews",
    "Shop",
    "open_drafts",
]
