"""What the terminal shows during a replay."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cext.kit.clock import SystemClock
from edge.sim.week.cashier import Sold
from edge.sim.week.view import Progress, View, draw

NS_PER_S = 1_000_000_000


def progress_of(baskets_n: int) -> Progress:
    clock = SystemClock()
    began_ns = clock.mono_ns() - NS_PER_S
    return Progress(store="367", baskets_n=baskets_n, acts_n=10, clock=clock, began_ns=began_ns)


def shown(progress: Progress, width: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(draw(progress))
    return console.export_text()


@pytest.mark.parametrize("width", [76, 100])
def test_the_panel_shows_time_sales_takings_scans_link_and_devices(width: int) -> None:
    progress = progress_of(3)
    progress.shop_ms = 1_484_700_000_000
    progress.on_sold(Sold("31198", "367-1-000001", 1234, 1234))
    progress.on_scan(3_000_000)
    progress.on_news({"type": "link", "link": {"up": True, "lag_n": 2}})
    progress.on_news({"type": "device", "device": {"device": "scale1", "state": "gone"}})
    progress.on_news({"type": "printed", "number": "367-1-000001"})

    said = shown(progress, width)

    for words in (
        "Tue 2017-01-17 19:40",
        "1 of 3",
        "$12.34",
        "1 printed",
        "367-1-000001",
        "3.0 ms, p99 3 ms",
        "up, 2 behind",
        "scale1 gone",
    ):
        assert words in said
    assert all(len(line) <= width for line in said.splitlines())


def test_beside_the_panel_there_is_room_for_the_ctrl_c_of_a_terminal() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)

    console.print(View(progress_of(3), console))

    assert {len(line) for line in console.export_text().splitlines()} == {78}


def test_a_basket_that_differs_from_history_is_counted() -> None:
    progress = progress_of(1)

    progress.on_sold(Sold("31198", "367-1-000001", 1234, 1235))

    assert [one.basket for one in progress.differing] == ["31198"]


def test_in_a_pipe_every_tenth_basket_and_the_last_is_a_plain_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = progress_of(12)
    with View(progress, Console(file=io.StringIO())) as view:
        for count in range(1, 13):
            progress.on_sold(Sold("31198", f"367-1-{count:06d}", 100, 100))
            view.show()

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["10/12", "12/12"]
