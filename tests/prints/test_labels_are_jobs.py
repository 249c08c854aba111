"""Shelf labels go through the print journal like any other paper."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cext.lang.money import Currency
from edge.devices.labels import Label
from edge.prints import Ask
from edge.sim.zpl_label_printer import SimZplPrinter
from tests.prints.counter import Till
from tests.sales.shop import WAIT_S, listening, make_settings, running

LABELS = tuple(
    Label(name=name, currency=Currency(code="CNY"), price_minor=100) for name in ("Tea", "Salt")
)


async def test_labels_are_printed_once_and_known_to_be_out(tmp_path: Path) -> None:
    async with SimZplPrinter() as printer:
        devices = {"l1": {**printer.table(), "poll_ms": 200, "answer_wait_ms": 500}}
        settings = make_settings(tmp_path, devices=devices)
        async with running(settings) as door, listening(door) as news:
            till = Till(door, news, ())
            ask = Ask(subject="paper:shelf-7", kind="labels", printer="l1", who="anna")
            job = await door.box.prints.put(ask, LABELS)
            assert (await door.box.prints.put(ask, LABELS)).id == job.id
            done = await till.until_print(job.id, "done")
            async with asyncio.timeout(WAIT_S):
                await printer.wait_labels(2)
            wrong = {"key": "note", "printer": "l1", "lines": [{"left": "no label"}]}
            refused = await door.post("/v1/prints", wrong, status=202)
            dropped = await till.until_print(refused["id"], "dropped")
    assert len(printer.labels) == 2
    assert (done["used"], done["fenced_bytes"] == done["size_bytes"]) == ("l1", True)
    assert dropped["why"] == "l1 has labels, not paper."
