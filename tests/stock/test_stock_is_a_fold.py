"""The law of the stockroom: what is on hand is a fold of the log, whatever was done."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cext.errors import Refused
from cext.kit.clock import SystemClock
from cext.lang.basket import Tender
from cext.lang.events import decode_body, decode_envelope
from cext.lang.movement import STORE, movements_of
from edge.box import Box
from edge.furnish import open_box
from edge.stock import Receiving, receive
from tests.sales.shop import GLUE_CODE, MILK_CODE, label_code, make_settings

ITEMS = ("milk", "glue", "ham", "banana", "misc")
CODES = (MILK_CODE, GLUE_CODE, label_code(250), label_code(1999))

commands = st.one_of(
    st.tuples(st.just("scan"), st.sampled_from(CODES)),
    st.tuples(st.just("quantity"), st.integers(1, 5000)),
    st.tuples(st.just("ring"), st.integers(0, 900)),
    st.tuples(st.just("void"), st.integers(1, 4)),
    st.tuples(st.just("sell"), st.just(0)),
    st.tuples(st.just("refund"), st.integers(1, 4)),
    st.tuples(st.just("receive"), st.integers(1, 9000)),
    st.tuples(st.just("cancel"), st.just(0)),
)


async def do(box: Box, name: str, value: Any) -> None:
    lane = box.counter.get_lane("1")
    match name:
        case "scan":
            await lane.scan(value)
        case "quantity":
            await lane.change(1, quantity=value, override=None)
        case "ring":
            await lane.ring("misc", value, quantity=None)
        case "void":
            await lane.void(value, reason="")
        case "sell":
            due_minor = lane.view().due_minor
            if due_minor:
                await lane.tender(Tender(kind="card", amount_minor=due_minor))
            await lane.close()
        case "refund":
            number = f"367-1-{value:06d}"
            await box.counter.refund(number, reason="spoilt", approved_by="boss")
        case "receive":
            lines = [{"item": "milk", "quantity": value}]
            receiving = msgspec.convert({"document": "d", "lines": lines}, Receiving)
            await receive(receiving, books=box.books, journal=box.journal)
        case "cancel":
            await lane.cancel(reason="left")


async def balances(box: Box) -> dict[str, int]:
    return {item: box.stock.get_balance("stock", item, STORE) for item in ITEMS}


async def fold(box: Box) -> dict[str, int]:
    """The slow, obvious way: every event from the disk, one movement after the other."""
    found: Counter[str] = Counter()
    for event in await box.journal.load(1, limit_n=10_000):
        for movement in movements_of(decode_body(decode_envelope(event.raw))):
            if movement.kind == "stock":
                found[movement.item] += movement.quantity * (movement.target == STORE)
                found[movement.item] -= movement.quantity * (movement.source == STORE)
    return {item: found[item] for item in ITEMS}


async def play(folder: Path, steps: list[tuple[str, Any]]) -> None:
    config = make_settings(folder)
    async with open_box(config, SystemClock()) as box:
        await box.counter.get_lane("1").open("anna")
        for name, value in steps:
            try:
                await do(box, name, value)
            except Refused:
                continue
            finally:
                assert await balances(box) == await fold(box)
        before = await balances(box)
    async with open_box(config, SystemClock()) as box:
        assert await balances(box) == before


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(commands, min_size=1, max_size=25))
def test_on_hand_is_the_fold_of_the_log_after_any_commands(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), steps))
