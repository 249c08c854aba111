"""What is on hand in the store, and how it came in."""

from edge.stock.as_of import Mark, load_mark
from edge.stock.receiving import Received, Receiving, receive
from edge.stock.stockroom import OnHand, Stockroom

__all__ = ["Mark", "OnHand", "Received", "Receiving", "Stockroom", "load_mark", "receive"]
