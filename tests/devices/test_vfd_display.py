"""A customer display shows what it can, and never garbage."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.devices import decode_settings
from edge.devices.vfd_display import COLUMNS_N, encode_line
from edge.devices.vfd_display import open as open_display
from edge.sim.vfd_display import SimDisplay
from tests.devices.conftest import supervised

both = pytest.mark.parametrize("commands", ["escpos", "cd5220"])


def open_on(sim: SimDisplay) -> Any:
    settings: Any = decode_settings({"display": sim.table()})["display"]
    return open_display(settings, device="display", clock=SystemClock())


@both
async def test_two_lines_are_shown_replaced_and_cleared(commands: Any) -> None:
    async with SimDisplay(commands=commands) as sim, asyncio.timeout(10), open_on(sim) as display:
        await display.show("Organic Whole Milk 2 L", "2 x 3.49         6.98")
        await sim.until_lines("Organic Whole Milk 2", "2 x 3.49         6.9")
        await display.show("Total", "6.98")
        await sim.until_lines("Total", "6.98")
        await display.clear()
        await sim.until_lines("", "")

    assert sim.unknown == b""


@both
async def test_a_chinese_display_shows_chinese(commands: Any) -> None:
    async with (
        SimDisplay(commands=commands, hanzi=True) as sim,
        asyncio.timeout(10),
        open_on(sim) as display,
    ):
        await display.show("有机纯牛奶一二三四五六七", "合计 ¥59.90")

        await sim.until_lines("有机纯牛奶一二三四五", "合计 ￥59.90")


@both
async def test_a_western_display_shows_a_question_mark_for_each_column_it_lacks(
    commands: Any,
) -> None:
    async with SimDisplay(commands=commands) as sim, asyncio.timeout(10), open_on(sim) as display:
        await display.show("牛奶 Milk", "Café ¥5")

        western = "Café ¥5" if commands == "escpos" else "Caf? ?5"
        await sim.until_lines("???? Milk", western)


@given(st.text(), st.booleans(), st.booleans())
def test_a_line_is_twenty_bytes_that_the_display_can_read(
    text: str, hanzi: bool, western: bool
) -> None:
    line = encode_line(text, hanzi=hanzi, western=western)

    assert len(line) == COLUMNS_N
    assert min(line) >= 0x20
    shown = line.decode("gb18030" if hanzi else "cp437" if western else "ascii")
    assert "\ufffd" not in shown


async def test_a_display_that_comes_back_is_cleared_and_shows_again(tmp_path: Path) -> None:
    sim = SimDisplay(tmp_path / "display")
    async with sim, asyncio.timeout(20), supervised({"d": sim.table()}) as (devices, heard):
        display = devices.get_display("d")
        await heard.until_state("d", "ready")
        await display.show("Total", "6.98")
        await sim.until_lines("Total", "6.98")
        await sim.unplug()
        await heard.until_state("d", "gone")
        with pytest.raises(DeviceGone):
            await display.show("Total", "6.98")
        await sim.plug()
        await heard.until_state("d", "ready")
        await sim.until_lines("", "")

        await display.show("Thank you", "")

        await sim.until_lines("Thank you", "")
