"""A thousand scans as fast as a scanner types them: none lost, doubled or out of order."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec

from cext.engine import with_check_digit
from cext.lang.events import SaleClosed, decode_body, decode_envelope
from cext.lang.item import Item
from edge.sim.keyboard_scanner import SimKeyboardScanner
from tests.sales.shop import listening, make_book, make_settings, running

BASKETS_N, LINES_N = 50, 20
CODES = [with_check_digit(f"61{number:010}") for number in range(100)]
ITEMS = tuple(
    Item(item=f"i{number}", name=f"Item {number}", price_minor=100 + number, codes=(code,))
    for number, code in enumerate(CODES)
)


async def test_a_thousand_scans_are_a_thousand_lines_in_their_order(tmp_path: Path) -> None:
    chance = random.Random(17)
    baskets = [chance.sample(CODES, LINES_N) for _ in range(BASKETS_N)]
    async with SimKeyboardScanner(tmp_path / "scanner") as scanner:
        settings = make_settings(
            tmp_path / "state",
            lanes=[{"id": "1", "scanner": "s1"}],
            devices={"s1": {**scanner.table(), "silence_ms": 5_000}},
        )
        Path(settings.price_book_file).write_bytes(
            msgspec.json.encode(make_book(items=ITEMS, offers=()))
        )
        async with running(settings) as door, listening(door) as news:
            await news.until_device("s1", "ready")
            await door.open()
            for basket in baskets:
                for code in basket:
                    await scanner.type(code)
                for code in basket:
                    scan = await news.until_scan()
                    assert (scan["outcome"], scan["code"]) == ("added", code)
                await door.pay(1_000_000)
                await door.post("/v1/lanes/1/close")
            stored = await door.box.journal.load(1, limit_n=1000)

    bodies = [decode_body(decode_envelope(event.raw)) for event in stored]
    sold = [[line.code for line in body.lines] for body in bodies if isinstance(body, SaleClosed)]
    assert sold == baskets
