"""Receiving: goods come in under the number of a delivery document."""

from __future__ import annotations

from typing import Annotated

import structlog
from msgspec import Meta, Struct

from cext.errors import Refused
from cext.lang.basket import Quantity
from cext.lang.events import StockReceived, StockReceivedLine
from cext.lang.ids import ItemId
from edge.books import Books
from edge.journal import Draft, Journal
from edge.once import Once

log = structlog.get_logger(__name__)
LINES_MAX_N = 1000


class ReceivingLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`quantity` of one item, in the item's unit."""

    item: ItemId
    quantity: Quantity


class Receiving(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One delivery."""

    document: Annotated[str, Meta(min_length=1, max_length=64)]
    lines: Annotated[tuple[ReceivingLine, ...], Meta(min_length=1, max_length=LINES_MAX_N)]


class Received(Struct, frozen=True, kw_only=True):
    """The delivery is in the books as the event `seq`."""

    document: str
    lines_n: int
    seq: int


async def receive(
    receiving: Receiving,
    *,
    books: Books,
    journal: Journal,
    worker: str = "",
    once: Once | None = None,
) -> Received:
    """Book a delivery; returns when it is on disk. Refused("item_unknown") for any unknown item."""
    active = books.get()
    unknown = [line.item for line in receiving.lines if active.find_item(line.item) is None]
    if unknown:
        some = tuple(unknown[:10])
        raise Refused("item_unknown", f"not in the price book: {', '.join(some)}", items=some)
    lines = tuple(StockReceivedLine(line.item, line.quantity) for line in receiving.lines)
    event = Draft(StockReceived(document=receiving.document, lines=lines), worker=worker)

    def answer(seq: int) -> Received:
        return Received(document=receiving.document, lines_n=len(lines), seq=seq)

    if once is None:
        stored = await journal.append((event,))
    else:
        keep = once.keep
        stored = await journal.append(
            (event,), key=once.key, reply=lambda events: keep(answer(events[0].seq))
        )
    log.info("stock_received", document=receiving.document, lines_n=len(lines))
    return answer(stored[0].seq)
