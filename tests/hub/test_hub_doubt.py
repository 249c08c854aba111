"""A store that is broken or lies hurts nobody else: what it writes is kept, and not believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import structlog.testing
from sqlalchemy import select

from cext.lang.events import (
    Body,
    SaleClosed,
    SaleRefunded,
    StockReceived,
    StockReceivedLine,
    StoreOpened,
    encode_event,
)
from hub.projections import PROJECTIONS
from hub.store import Database, Storage, StoreUrl, open_database, rebuild
from hub.store.tables import events, quarantine
from tests.hub.running_hub import running_hub, settings_for
from tests.hub.trade import START_MS, Shop, refund_of, trade

HUGE = 2**63 + 7  # msgpack can say it, no column can hold it


def honest_sale(shop: Shop) -> SaleClosed:
    shop.open()
    trade(shop, 4, acts_n=12)
    return next(body for body in shop.bodies if isinstance(body, SaleClosed) and body.lines)


def sale_with(**changes: object) -> Callable[[Shop], Body]:
    return lambda shop: msgspec.structs.replace(honest_sale(shop), **changes)


def line_with(**changes: object) -> Callable[[Shop], Body]:
    def make(shop: Shop) -> Body:
        sale = honest_sale(shop)
        line = msgspec.structs.replace(sale.lines[0], **changes)
        return msgspec.structs.replace(sale, lines=(line,))

    return make


def opened_with(**changes: object) -> Callable[[Shop], Body]:
    def make(shop: Shop) -> Body:
        shop.open()
        opened = shop.bodies[0]
        assert isinstance(opened, StoreOpened)
        return msgspec.structs.replace(opened, **changes)

    return make


def received(item: str, quantity: int) -> Callable[[Shop], Body]:
    def make(shop: Shop) -> Body:
        shop.open()
        return StockReceived(document="d", lines=(StockReceivedLine(item, quantity),))

    return make


def refund_in_the_name_of_another(shop: Shop) -> SaleRefunded:
    return msgspec.structs.replace(refund_of(honest_sale(shop), shop), sale_number="31401-1-000001")


DOUBTFUL: dict[str, tuple[Callable[[Shop], Body], str]] = {
    "amount": (line_with(net_minor=HUGE), "event_absurd"),
    "amount_that_overflows_when_summed": (line_with(gross_minor=2**62), "event_absurd"),
    "amount_below": (line_with(net_minor=-(2**62)), "event_absurd"),
    "quantity": (line_with(quantity=HUGE), "event_absurd"),
    "item": (line_with(item="é" * 40), "event_absurd"),
    "department": (line_with(department="a\0b"), "event_absurd"),
    "payable": (sale_with(payable_minor=HUGE), "event_absurd"),
    "rounding": (sale_with(rounding_minor=-(2**63)), "event_absurd"),
    "day": (sale_with(business_day="yesterday"), "event_absurd"),
    "hour": (sale_with(business_hour=HUGE), "event_absurd"),
    "number_of_another": (sale_with(number="31401-1-000001"), "event_foreign"),
    "number_of_nobody": (sale_with(number="été"), "event_foreign"),
    "refund_of_another": (refund_in_the_name_of_another, "event_foreign"),
    "store": (opened_with(store="31401"), "event_foreign"),
    "zone": (opened_with(zone="../" * 2000), "event_absurd"),
    "day_change": (opened_with(day_change_hour=HUGE), "event_absurd"),
    "currency": (opened_with(currency="gold"), "event_absurd"),
    "stock": (received("i1", HUGE), "event_absurd"),
    "stock_item": (received("i 1", 5), "event_absurd"),
}


async def check_only(
    database: Database, storage: Storage, liar: Shop, codes: list[tuple[int, str]]
) -> None:
    """Exactly `codes` of `liar` are in quarantine, all is kept, the others are taken in."""
    other = Shop(store="31401")
    other.open()
    trade(other, 5)

    await storage.commit([liar.take(), other.take()], received_ms=1)

    async with database.reading() as connection:
        rows = (await connection.execute(select(quarantine))).all()
        chosen = select(events.c.raw).where(events.c.store == liar.store).order_by(events.c.seq)
        kept = (await connection.execute(chosen)).scalars().all()
    assert [(row.store, row.seq, row.code) for row in rows] == [(liar.store, *one) for one in codes]
    assert all(len(row.detail) <= 200 for row in rows)
    assert kept == [event.raw for event in liar.events]
    cursors = await storage.load_cursors()
    assert cursors[liar.store].hash == liar.events[-1].hash
    assert cursors["31401"].seq == len(other.events)
    assert all(proof.is_equal for proof in await rebuild(database, PROJECTIONS))


@pytest.mark.parametrize("name", DOUBTFUL)
async def test_given_an_event_no_honest_store_writes_then_it_is_kept_and_not_believed(
    storage: Storage, database: Database, name: str
) -> None:
    make, code = DOUBTFUL[name]
    liar = Shop()
    bad = liar.add(make(liar))
    await check_only(database, storage, liar, [(bad.seq, code)])


@pytest.mark.parametrize("calls_itself", [1, 2, 2**64 - 1])
async def test_given_an_event_that_lies_about_its_seq_then_it_is_kept_and_not_believed(
    storage: Storage, database: Database, calls_itself: int
) -> None:
    liar = Shop()
    sale = honest_sale(liar)
    raw = encode_event(sale, seq=calls_itself, hlc=START_MS << 16, lane="1", worker="w")
    first, second = liar.add_raw(raw), liar.add_raw(raw)
    codes = [(first.seq, "event_misnumbered"), (second.seq, "event_misnumbered")]
    with structlog.testing.capture_logs() as logs:
        await check_only(database, storage, liar, codes)
    (said,) = [entry for entry in logs if entry["event"] == "event_quarantined"]
    assert (said["store"], said["seq"], said["events_n"]) == ("367", first.seq, 2)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({0: "drone" * 9000}, "event_absurd"),
        ({0: "a\0b"}, "event_absurd"),
        ({3: -(1 << 60)}, "event_absurd"),
        ({3: 2**64 - 1}, "event_absurd"),
        ({4: "Lane 1"}, "event_absurd"),
        ({5: "a\0b"}, "event_absurd"),
        ({5: msgspec.Raw(b"\xa2\xff\xfe")}, "event_undecodable"),
        ({6: msgspec.Raw(b"\x92\xa2\xff\xfe\x90")}, "event_undecodable"),
        ({6: msgspec.Raw(b"\x91" * 50_000 + b"\xc0")}, "event_undecodable"),
        ({7: msgspec.Raw(b"\x91" * 50_000 + b"\xc0")}, "event_undecodable"),
    ],
    ids=lambda value: "change" if isinstance(value, dict) else value,
)
async def test_given_an_envelope_no_honest_store_writes_then_it_is_kept_and_not_believed(
    storage: Storage, database: Database, change: dict[int, object], code: str
) -> None:
    liar = Shop()
    liar.open()
    fields: list[object] = ["stock_received", 1, 3, START_MS << 16, "1", "anna", ["d", []]]
    for place, value in change.items():
        fields[place : place + 1] = [value]
    bad = liar.add_raw(msgspec.msgpack.encode(fields))
    trade(liar, 6, acts_n=5)
    await check_only(database, storage, liar, [(bad.seq, code)])


async def test_given_a_store_that_writes_every_absurdity_then_the_doors_answer_for_the_others(
    tmp_path: Path,
) -> None:
    other = Shop(store="31401")
    other.open()
    trade(other, 5)
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as database:
        storage = Storage(database, PROJECTIONS)
        for number, (make, _) in enumerate(DOUBTFUL.values()):
            liar = Shop(store=f"liar{number}")
            liar.add(make(liar))
            await storage.commit([liar.take()], received_ms=1)
        nowhere = Shop(store="nowhere", at_ms=2**47 - 5_000)
        nowhere.add(opened_with(zone="America")(Shop(store="nowhere")))
        await storage.commit([nowhere.take(), other.take()], received_ms=other.at_ms)

    async with running_hub(settings_for(tmp_path)) as hub:
        assert "31401" in {row["store"] for row in (await hub.get("/v1/stores"))["stores"]}
        for by in ("day", "hour", "department", "tender", "reason"):
            assert (await hub.get("/v1/takings", by=by))["rows"]
        for path in ("/v1/stock", "/v1/sales"):
            after: dict[str, str] = {}
            while True:
                page = await hub.get(path, limit=7, **after)
                if page["next"] is None:
                    break
                after = {"after": page["next"]}
        shown = await hub.get("/v1/stores/liar0/events", limit=500)
        assert shown["rows"][-1]["kind"] == "sale_closed"
