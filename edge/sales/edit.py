"""Edits of a lane's draft: each gives a new draft and changes nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from cext.errors import Refused
from cext.lang.basket import LINES_MAX_N, Basket, BasketLine, Override, Weighing
from cext.lang.quantity import PIECE
from edge.sales.drafts import LaneDraft

COUPONS_MAX_N = 100


@dataclass(frozen=True)
class Entry:
    """What one scan or key press adds to the basket; `doubt` is shown to the clerk."""

    item: str
    quantity: int
    code: str = ""
    label_minor: int | None = None
    derived_quantity: bool = False
    weighing: Weighing | None = None
    lot: str = ""
    serial: str = ""
    expires_on: str = ""
    doubt: str = ""


def add_line(draft: LaneDraft, entry: Entry) -> LaneDraft:
    """One more line.

    Refused: "basket_full" above `LINES_MAX_N`, "serial_conflict" for a piece that is there already.
    """
    if entry.serial and any(
        (line.item, line.serial) == (entry.item, entry.serial) for line in draft.basket.lines
    ):
        raise Refused(
            "serial_conflict",
            f"serial {entry.serial} is in the basket already; it is one piece",
            serial=entry.serial,
        )
    if len(draft.basket.lines) >= LINES_MAX_N:
        raise Refused("basket_full", f"at most {LINES_MAX_N} lines; close this basket first")
    line = BasketLine(
        line=draft.next_line,
        item=entry.item,
        quantity=entry.quantity,
        code=entry.code,
        label_minor=entry.label_minor,
        derived_quantity=entry.derived_quantity,
        weighing=entry.weighing,
        lot=entry.lot,
        serial=entry.serial,
        expires_on=entry.expires_on,
    )
    basket = msgspec.structs.replace(draft.basket, lines=(*draft.basket.lines, line))
    return msgspec.structs.replace(draft, basket=basket, next_line=draft.next_line + 1)


def get_line(basket: Basket, line: int) -> BasketLine:
    """The line with this number; Refused("line_unknown")."""
    for found in basket.lines:
        if found.line == line:
            return found
    raise Refused("line_unknown", f"the basket has no line {line}", line=line)


def change_line(
    draft: LaneDraft, line: int, *, quantity: int | None, override: Override | None
) -> LaneDraft:
    """A line with another quantity or price.

    Refused: "weight_typed" for a weighed or labelled line, whose quantity is what was weighed;
    "serial_conflict" for a piece with a serial, which is one.
    """
    found = get_line(draft.basket, line)
    if quantity is not None:
        if found.weighing is not None or found.derived_quantity:
            raise Refused("weight_typed", "this line was weighed; void it and weigh again")
        if found.serial and quantity != PIECE:
            raise Refused("serial_conflict", "a piece with a serial is one; scan the others")
        found = msgspec.structs.replace(found, quantity=quantity)
    if override is not None:
        found = msgspec.structs.replace(found, override=override)
    lines = tuple(found if old.line == line else old for old in draft.basket.lines)
    return msgspec.structs.replace(draft, basket=msgspec.structs.replace(draft.basket, lines=lines))


def void_line(draft: LaneDraft, line: int) -> LaneDraft:
    """The draft without a line; Refused("line_unknown")."""
    get_line(draft.basket, line)
    lines = tuple(old for old in draft.basket.lines if old.line != line)
    return msgspec.structs.replace(draft, basket=msgspec.structs.replace(draft.basket, lines=lines))


def set_member(draft: LaneDraft, member: str) -> LaneDraft:
    """The basket belongs to `member`; the last card scanned counts."""
    return msgspec.structs.replace(
        draft, basket=msgspec.structs.replace(draft.basket, member=member)
    )


def add_coupon(draft: LaneDraft, coupon: str) -> LaneDraft:
    """One more use of a coupon; Refused("coupons_full")."""
    if len(draft.basket.coupons) >= COUPONS_MAX_N:
        raise Refused("coupons_full", f"at most {COUPONS_MAX_N} coupons a basket")
    coupons = (*draft.basket.coupons, coupon)
    return msgspec.structs.replace(
        draft, basket=msgspec.structs.replace(draft.basket, coupons=coupons)
    )


def empty(draft: LaneDraft) -> LaneDraft:
    """The lane with its worker and nothing on the belt."""
    return LaneDraft(worker=draft.worker, revision=draft.revision, sales_n=draft.sales_n)
