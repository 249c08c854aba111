"""A random shop for the ledger: what can happen in it, done to the engine and to the oracle."""

from __future__ import annotations

import random
from typing import Any

from cext.engine import Ledger
from cext.errors import Refused
from cext.lang.account import Crossing
from cext.lang.movement import Movement
from tests.oracle.ledger import Key, No, PlainLedger, crossings

# Goods with value in two holdings, points that never go below zero, a quota nobody watches.
POLICIES: dict[tuple[str, str], tuple[bool, int | None, bool]] = {
    ("stock", "store"): (True, 0, False),
    ("stock", "annex"): (True, 0, True),
    ("points", "member"): (False, 0, True),
    ("quota", "channel"): (False, None, False),
}
PLACES = {
    "stock": ("store", "annex", "supplier", "customer", "count"),
    "points": ("issuer", "member", "spent"),
    "quota": ("pool", "channel", "used"),
}
Step = tuple[str, Any]


def new_pair() -> tuple[Ledger, PlainLedger]:
    """An engine and an oracle with the same policies."""
    ledger = Ledger()
    for (kind, place), (valued, floor, hard) in POLICIES.items():
        ledger.govern(kind, place, valued=valued, floor=floor, hard=hard)
    return ledger, PlainLedger(POLICIES)


def random_movement(rng: random.Random) -> Movement:
    """A movement as it comes: mostly sound, now and then with a cost, a lot or an owner."""
    kind = rng.choice(("stock", "stock", "stock", "points", "quota"))
    source, target = rng.sample(PLACES[kind], 2)
    if rng.random() < 0.02:
        target = source
    cost = rng.choice((None, None, rng.randint(0, 99_999))) if kind == "stock" else None
    quantity = rng.choice((1, 2, 3, rng.randint(1, 40), rng.randint(1, 4000)))
    if cost and rng.random() < 0.1:
        quantity = 0
    owner = rng.choice(("", "", "ann"))
    return Movement(
        kind, rng.choice("ab"), source, target, quantity, owner=owner, cost=cost,
        to_owner=rng.choice((None, None, "bob")) if kind == "quota" else None,
    )  # fmt: skip


def random_step(rng: random.Random) -> Step:
    """One thing that happens."""
    one = random_movement(rng)
    account = (one.kind, one.item, one.source, "", one.owner, "")
    match rng.randrange(12):
        case 0:
            return "levels", (account, *sorted((rng.randint(-50, 50), rng.randint(0, 3000))))
        case 1:
            return "buffer", (account, rng.randint(0, 30))
        case 2 | 3:
            plain = Movement(one.kind, one.item, one.source, one.target, one.quantity or 1)
            return "reserve", (plain, rng.choice((None, rng.randint(0, 1000))))
        case 4:
            return "commit", (rng.random(), rng.choice((None, None, 1)))
        case 5:
            return "void", rng.random()
        case 6:
            return "expire", rng.randint(0, 1000)
        case _:
            return "post", [random_movement(rng) for _ in range(rng.choice((1, 1, 2, 3, 6)))]


def do_ledger(ledger: Ledger, step: Step) -> Any:
    """The step, done by the engine; what it said, or the code with which it refused."""
    name, what = step
    try:
        match name:
            case "post":
                posted = ledger.post(what)
                return list(posted.values), [flat(one) for one in posted.crossings]
            case "reserve":
                return ledger.reserve(what[0], owner="order", expires_ms=what[1])
            case "commit":
                number = choose(what[0], [one.number for one in ledger.reservations()])
                return [flat(one) for one in ledger.commit(number, quantity=what[1]).crossings]
            case "void":
                return ledger.void(choose(what, [o.number for o in ledger.reservations()])).number
            case "expire":
                return [one.number for one in ledger.expire(what).reservations]
            case "levels":
                kind, item, place, lot, owner, right = what[0]
                account = ledger.open_account(kind, item, place, lot=lot, owner=owner, right=right)
                return [flat(one) for one in ledger.set_levels(account, low=what[1], high=what[2])]
            case "buffer":
                kind, item, place, lot, owner, right = what[0]
                account = ledger.open_account(kind, item, place, lot=lot, owner=owner, right=right)
                return ledger.set_buffer(account, what[1])
    except Refused as refused:
        return refused.code
    raise AssertionError(name)


def do_plain(plain: PlainLedger, step: Step) -> Any:
    """The same, done by the oracle."""
    name, what = step
    try:
        match name:
            case "post":
                return plain.post(what)
            case "reserve":
                return plain.reserve(*what)
            case "commit":
                number = choose(what[0], sorted(one.number for one in plain.promises))
                return plain.commit(number, what[1])
            case "void":
                return plain.void(choose(what, sorted(o.number for o in plain.promises))).number
            case "expire":
                return plain.expire(what)
            case "levels":
                row = plain.row(what[0])
                row.low, row.high = what[1:]
                within = min(max(row.balance, row.low), row.high)
                return crossings(what[0], row, within)
            case "buffer":
                plain.row(what[0]).buffer = what[1]
                return None
    except No as no:
        return no.code
    raise AssertionError(name)


def choose(share: float, numbers: list[int]) -> int:
    """One of the open reservations, or one that there never was."""
    return numbers[int(share * len(numbers))] if numbers else 999


def flat(one: Crossing) -> tuple[object, ...]:
    account = one.account
    key: Key = (account.kind, account.item, account.place, account.lot, account.owner,
                account.right)  # fmt: skip
    return one.what, key, one.level, one.balance


def check_agreement(ledger: Ledger, plain: PlainLedger) -> None:
    """Every balance, value and availability is what the oracle says; all of it sums to zero."""
    for key, row in plain.rows.items():
        kind, item, place, lot, owner, right = key
        names = {"lot": lot, "owner": owner, "right": right}
        assert ledger.balance(kind, item, place, **names) == row.balance, key
        assert ledger.value(kind, item, place, **names) == row.value, key
        standing = ledger.standing(kind, item, place, **names)
        assert standing.available == plain.available(key), key
    for kind in PLACES:
        assert sum(row.balance for key, row in plain.rows.items() if key[0] == kind) == 0
        assert sum(row.value for key, row in plain.rows.items() if key[0] == kind) == 0
    assert ledger.posted_n == plain.moved_n
