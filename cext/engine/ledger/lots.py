"""Lots: which goods of an item leave first, and what is known of them apart from what is assumed.

The stock of a place says how much there is; accounts of the kind "lot" say of which lots. A scan
of the lot is knowledge and is booked on the lot itself; a sale without one is an assumption (first
to expire, first out) and is booked under the right "assumed". What is left of a lot is the sum.
"""

from __future__ import annotations

from msgspec import Struct

from cext.engine.ledger.ledger import Ledger
from cext.errors import Refused
from cext.lang.account import ASSUMED, LOT, LotDates
from cext.lang.movement import Movement


class LotStock(Struct, frozen=True):
    """A lot at a place: what is known of it, and what was assumed to have left (mostly below 0)."""

    dates: LotDates
    known: int
    assumed: int

    @property
    def left(self) -> int:
        """What should still be there."""
        return self.known + self.assumed


def list_lots(ledger: Ledger, item: str, place: str) -> tuple[LotStock, ...]:
    """Every lot of `item` that `place` has or had, first to leave first."""
    found = []
    for dates in ledger.lots(item):
        known = ledger.balance(LOT, item, place, lot=dates.lot)
        assumed = ledger.balance(LOT, item, place, lot=dates.lot, right=ASSUMED)
        if known or assumed:
            found.append(LotStock(dates, known, assumed))
    return tuple(found)


def pick_lots(
    ledger: Ledger, item: str, place: str, quantity: int, *, at_ms: int, besides: str = ""
) -> tuple[tuple[str, int], ...]:
    """(lot, quantity) of what should be taken next: nearest removal first.

    Skips what has expired, what must already be off the shelf, and the lot `besides`. What no lot
    can give comes last, as the lot "" that stands for unknown.
    """
    picked = []
    for stock in list_lots(ledger, item, place):
        if quantity == 0:
            break
        if at_ms >= stock.dates.remove_ms or stock.dates.lot == besides or stock.left <= 0:
            continue
        taken = min(stock.left, quantity)
        picked.append((stock.dates.lot, taken))
        quantity -= taken
    return (*picked, ("", quantity)) if quantity else tuple(picked)


def check_sale(ledger: Ledger, item: str, place: str, *, lot: str, at_ms: int) -> None:
    """Refuse what is known to have expired; an assumption never stops a sale.

    Refused("lot_expired") for a lot that was read off the goods, Refused("stock_expired") when
    everything that is known to be there has expired and nothing else can be.
    """
    if lot:
        dates = next((dates for dates in ledger.lots(item) if dates.lot == lot), None)
        if dates is not None and at_ms >= dates.expires_ms:
            raise Refused(
                "lot_expired", f"lot {lot} of {item} has expired: take it off the shelf",
                item=item, lot=lot, expires_ms=dates.expires_ms,
            )  # fmt: skip
        return
    known = [stock for stock in list_lots(ledger, item, place) if stock.known > 0]
    fresh = any(at_ms < stock.dates.expires_ms for stock in known)
    if known and not fresh and ledger.balance(LOT, item, place) <= 0:
        raise Refused(
            "stock_expired", f"every lot of {item} at {place} has expired: take it off the shelf",
            item=item, place=place,
        )  # fmt: skip


def split_sale(ledger: Ledger, sale: Movement, *, at_ms: int) -> tuple[Movement, ...]:
    """The movements of kind "lot" that go with a sale of stock, to be posted in the same set.

    A sale with a lot is booked on that lot; one without on the lots it is assumed to come from. A
    lot that nobody has named is no reason to refuse: the sale is known to be of none of the others.
    Refused as `check_sale` says.
    """
    item, place = sale.item, sale.source
    check_sale(ledger, item, place, lot=sale.lot, at_ms=at_ms)
    if sale.lot:
        named = any(dates.lot == sale.lot for dates in ledger.lots(item))
        picked: tuple[tuple[str, int], ...] = ((sale.lot if named else "", sale.quantity),)
    else:
        picked = pick_lots(ledger, item, place, sale.quantity, at_ms=at_ms)
    right = "" if sale.lot else ASSUMED
    return tuple(
        Movement(LOT, item, place, sale.target, quantity, lot=lot, right=right)
        for lot, quantity in picked
    )


def count_lot(
    ledger: Ledger, item: str, place: str, *, lot: str, counted: int, at_ms: int
) -> tuple[Movement, ...]:
    """The movements after which `counted` of a lot is known to be there, and nothing assumed.

    What had been assumed of this lot wrongly is assumed of the others instead, so that the sum
    over the lots of the place stays what its stock says. That sum is corrected by a stocktake.
    Refused("quantity_invalid") for less than nothing.
    """
    if counted < 0:
        raise Refused("quantity_invalid", f"{counted} of {item} cannot be counted")
    known = ledger.balance(LOT, item, place, lot=lot)
    assumed = ledger.balance(LOT, item, place, lot=lot, right=ASSUMED)
    found = []
    if counted != known:
        found.append(_between(item, place, counted - known, from_lot=lot, from_right=ASSUMED,
                              to_lot=lot, to_right=""))  # fmt: skip
    over = assumed - (counted - known)  # what is still assumed of this lot, and belongs elsewhere
    if over < 0:
        for other, quantity in pick_lots(ledger, item, place, -over, at_ms=at_ms, besides=lot):
            found.append(_assume(item, place, quantity, from_lot=other, to_lot=lot))
    elif over > 0:
        for other, quantity in _give_back(ledger, item, place, over, besides=lot):
            found.append(_assume(item, place, quantity, from_lot=lot, to_lot=other))
    return tuple(found)


def _give_back(
    ledger: Ledger, item: str, place: str, quantity: int, *, besides: str
) -> list[tuple[str, int]]:
    """The lots of which too much was assumed to have left, last to leave first."""
    found = []
    for stock in reversed(list_lots(ledger, item, place)):
        if stock.assumed < 0 and stock.dates.lot != besides and quantity:
            taken = min(-stock.assumed, quantity)
            found.append((stock.dates.lot, taken))
            quantity -= taken
    return [*found, ("", quantity)] if quantity else found


def _assume(item: str, place: str, quantity: int, *, from_lot: str, to_lot: str) -> Movement:
    return _between(item, place, quantity, from_lot=from_lot, from_right=ASSUMED,
                    to_lot=to_lot, to_right=ASSUMED)  # fmt: skip


def _between(
    item: str, place: str, quantity: int, *, from_lot: str, from_right: str, to_lot: str,
    to_right: str,
) -> Movement:  # fmt: skip
    """From one lot of a place to another; a quantity below 0 goes the other way."""
    if quantity < 0:
        quantity, from_lot, to_lot = -quantity, to_lot, from_lot
        from_right, to_right = to_right, from_right
    return Movement(LOT, item, place, place, quantity, lot=from_lot, right=from_right,
                    to_lot=to_lot, to_right=to_right)  # fmt: skip
