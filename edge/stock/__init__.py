"""What is on hand in the store, and how it came in."""

from edge.stock.receiving import Received, Receiving, receive
from edge.stock.stockroom import OnHand, Stockroom

__all__ = ["OnHand", "Received", "Receiving", "Stockroom", "receive"]
