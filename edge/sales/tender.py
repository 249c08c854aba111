"""Tenders: what is paid, what is still due, what goes back. Whole numbers in, whole numbers out."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cext.errors import Refused, must
from cext.lang.basket import Tender

TENDERS_MAX_N = 20


class Settlement(Struct, frozen=True, kw_only=True):
    """Where a payment stands. `rounding_minor` is zero or negative, and cash only (抹零).

    `cash_due_minor` is what would be due if the rest were paid in cash.
    """

    rounding_minor: int
    tendered_minor: int
    due_minor: int
    change_minor: int
    cash_due_minor: int


def settle(payable_minor: int, tenders: tuple[Tender, ...], *, step_minor: int) -> Settlement:
    """Weigh `tenders` against `payable_minor`.

    Only what cash has to pay is rounded, always down to a multiple of `step_minor`; a card pays
    the exact sum.
    """
    cash = [tender.amount_minor for tender in tenders if tender.kind == "cash"]
    others_minor = sum(tender.amount_minor for tender in tenders if tender.kind != "cash")
    rest_minor = max(payable_minor - others_minor, 0)
    cut_minor = rest_minor % step_minor
    rounding_minor = -cut_minor if cash else 0
    balance_minor = payable_minor + rounding_minor - others_minor - sum(cash)
    due_minor = max(balance_minor, 0)
    return Settlement(
        rounding_minor=rounding_minor,
        tendered_minor=others_minor + sum(cash),
        due_minor=due_minor,
        change_minor=max(-balance_minor, 0),
        cash_due_minor=due_minor if cash else rest_minor - cut_minor,
    )


def add_tender(
    tenders: tuple[Tender, ...], tender: Tender, *, payable_minor: int, step_minor: int
) -> tuple[Tender, ...]:
    """`tenders` with one more. Only cash may exceed what is due.

    Refused: nothing_due, tender_exceeds_due, tender_zero, tenders_full.
    """
    before = settle(payable_minor, tenders, step_minor=step_minor)
    if before.due_minor == 0:
        raise Refused("nothing_due", "everything is paid; close the sale")
    if len(tenders) >= TENDERS_MAX_N:
        raise Refused("tenders_full", f"at most {TENDERS_MAX_N} tenders a sale")
    if tender.kind != "cash" and tender.amount_minor > before.due_minor:
        raise Refused(
            "tender_exceeds_due",
            "only cash gives change; take exactly what is due or less",
            due_minor=before.due_minor,
        )
    # A sum below the cash step is paid by nothing at all, which is still a cash payment.
    if tender.amount_minor == 0 and not (tender.kind == "cash" and before.cash_due_minor == 0):
        raise Refused("tender_zero", "an amount above zero is needed")
    return (*tenders, tender)


def give_change(tenders: tuple[Tender, ...], change_minor: int) -> tuple[Tender, ...]:
    """`tenders` as they are recorded: the last cash carries what went back.

    A card that follows cash can raise the rounding, so that more goes back than the last cash
    tender brought: then the one before it carries the rest.
    """
    given = []
    left_minor = change_minor
    for tender in reversed(tenders):
        back_minor = min(left_minor, tender.amount_minor) if tender.kind == "cash" else 0
        given.append(msgspec.structs.replace(tender, change_minor=back_minor))
        left_minor -= back_minor
    must(left_minor == 0, "change_comes_from_cash", change_minor=change_minor)
    return tuple(reversed(given))
