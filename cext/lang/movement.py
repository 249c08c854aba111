"""Movements: everything that can be had is taken from one place and given to another.

`movements_of` is the one reading of events as movements; the edge's ledger, the hub's stock and
the reconciliation all use it. The sum over all places of one (kind, item) is always zero.
"""

from __future__ import annotations

from msgspec import Struct

from cext.lang.events import Body, SaleClosed, SaleRefunded, StockReceived

STORE = "store"
SUPPLIER = "supplier"
CUSTOMER = "customer"
TILL = "till"


class Movement(Struct, frozen=True):
    """`quantity` (> 0) of `item` of the account kind `kind` goes from `source` to `target`.

    Kind "stock" counts in the item's unit; kind "tender" has the tender kind as `item` and counts
    in minor units. `lot`, `owner` and `right` name the account that gives, and the one that takes
    unless a `to_` says otherwise. `cost` is what all of `quantity` cost, in 1/10,000 of the major
    unit; None lets the ledger say. A `quantity` of 0 with a cost is a revaluation. `serial` moves
    one numbered unit; `document` is the paper that its history will name.
    """

    kind: str
    item: str
    source: str
    target: str
    quantity: int
    lot: str = ""
    owner: str = ""
    right: str = ""
    to_lot: str | None = None
    to_owner: str | None = None
    to_right: str | None = None
    cost: int | None = None
    serial: str = ""
    document: str = ""


def movements_of(body: Body) -> tuple[Movement, ...]:
    """What an event moves, with the number of its paper; empty for events that move nothing."""
    match body:
        case StockReceived():
            return tuple(
                Movement("stock", line.item, SUPPLIER, STORE, line.quantity, document=body.document)
                for line in body.lines
                if line.quantity > 0
            )
        case SaleClosed():
            return _trade(body, STORE, CUSTOMER)
        case SaleRefunded():
            return _trade(body, CUSTOMER, STORE)
        case _:
            return ()


def _trade(body: SaleClosed | SaleRefunded, giver: str, taker: str) -> tuple[Movement, ...]:
    goods = tuple(
        Movement("stock", line.item, giver, taker, line.quantity, document=body.number)
        for line in body.lines
        if line.quantity > 0
    )
    payer, payee = (CUSTOMER, TILL) if giver == STORE else (TILL, CUSTOMER)
    money = tuple(
        Movement(
            "tender",
            tender.kind,
            payer,
            payee,
            tender.amount_minor - tender.change_minor,
            document=body.number,
        )
        for tender in body.tenders
        if tender.amount_minor > tender.change_minor
    )
    return goods + money
