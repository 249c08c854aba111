"""What the terminal shows while the week is replayed: a live panel, or plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cext.kit.clock import Clock
from cext.lang.money import Currency
from cext.lang.when import local_time
from edge.sim.week.cashier import Sold
from edge.sim.week.till import JsonValue
from edge.sim.week.trade import CURRENCY, ZONE

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
PLAIN_EVERY_N = 10  # baskets between two plain lines
SCANS_KEPT_N = 200_000


@dataclass
class Progress:
    """Everything the view shows; the cashier and the live door write it."""

    store: str
    baskets_n: int
    acts_n: int
    clock: Clock
    began_ns: int
    shop_ms: int = 0
    sold_n: int = 0
    taken_minor: int = 0
    differing: list[Sold] = field(default_factory=list)
    scan_ns: list[int] = field(default_factory=list)
    lag_n: int = 0
    link_up: bool = False
    devices: dict[str, str] = field(default_factory=dict)
    printed_n: int = 0
    last: str = ""
    act: str = "starting"

    def on_scan(self, took_ns: int) -> None:
        """One more scan, and how long the lane took to answer it."""
        if len(self.scan_ns) < SCANS_KEPT_N:
            self.scan_ns.append(took_ns)

    def on_sold(self, sold: Sold) -> None:
        """One more sale."""
        self.sold_n += 1
        self.taken_minor += sold.payable_minor
        self.last = f"{sold.number}  {say(sold.payable_minor)}"
        if sold.payable_minor != sold.expected_minor:
            self.differing.append(sold)

    def on_news(self, news: Mapping[str, JsonValue]) -> None:
        """What the edge tells about its link, devices and paper."""
        match news.get("type"):
            case "link":
                self.lag_n = int(news["link"]["lag_n"])
                self.link_up = bool(news["link"]["up"])
            case "device":
                self.devices[str(news["device"]["device"])] = str(news["device"]["state"])
            case "printed":
                self.printed_n += 1
            case _:
                pass

    @property
    def took_s(self) -> float:
        """Seconds since the start."""
        return max((self.clock.mono_ns() - self.began_ns) / NS_PER_S, 0.001)

    def scan_ms(self, percent: int) -> float:
        """The `percent`th percentile of scan to screen, in milliseconds; 0 before the first."""
        if not self.scan_ns:
            return 0.0
        ranked = sorted(self.scan_ns)
        return ranked[min(len(ranked) * percent // 100, len(ranked) - 1)] / NS_PER_MS


def say(amount_minor: int, *, symbol: bool = True) -> str:
    """An amount as a person reads it."""
    return Currency(code=CURRENCY).say(amount_minor, symbol=symbol)


class View:
    """The live panel; use as a context manager and call `show` after each basket."""

    def __init__(self, progress: Progress, console: Console | None = None) -> None:
        self.progress = progress
        self._console = console or Console()
        self._live = (
            Live(self, console=self._console, refresh_per_second=8, transient=False)
            if self._console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *failure: object) -> None:
        if self._live:
            self._live.stop()

    def __rich__(self) -> RenderableType:
        """Called by rich at every refresh."""
        # Two columns stay free for the ^C that a terminal writes behind the panel.
        return draw(self.progress, width=self._console.width - 2)

    def begin(self) -> None:
        """A new act begins: in a pipe, that is a line."""
        if self._live is None:
            _write(f"Store {self.progress.store}: {self.progress.act}")

    def show(self) -> None:
        """A basket is done: in a pipe, every tenth is a line."""
        now = self.progress
        done = now.sold_n == now.baskets_n
        if self._live is None and (now.sold_n % PLAIN_EVERY_N == 0 or done):
            _write(
                f"{now.sold_n}/{now.baskets_n} sales  {say(now.taken_minor)}  "
                f"{len(now.scan_ns) / now.took_s:.0f} scans/s  link lag {now.lag_n}  {now.last}"
            )


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def draw(now: Progress, *, width: int | None = None) -> RenderableType:
    """The panel as it stands, as wide as the terminal unless `width` says otherwise."""
    left, right = _facts(), _facts()
    shop = local_time(now.shop_ms, ZONE).strftime("%a %Y-%m-%d %H:%M") if now.shop_ms else "-"
    left.add_row("shop time", shop)
    left.add_row("sales", f"{now.sold_n} of {now.baskets_n}")
    left.add_row("takings", say(now.taken_minor))
    left.add_row("receipts", f"{now.printed_n} printed")
    left.add_row("last", now.last or "-")
    right.add_row("scans", f"{len(now.scan_ns)}  ({len(now.scan_ns) / now.took_s:.1f}/s)")
    right.add_row("scan to screen", f"{now.scan_ms(50):.1f} ms, p99 {now.scan_ms(99):.0f} ms")
    link = Text("up" if now.link_up else "down", style="green" if now.link_up else "red")
    right.add_row("link", link.append(f", {now.lag_n} behind", style="default"))
    right.add_row("devices", _devices(now.devices))
    differing_n = len(now.differing)
    style = "red" if differing_n else "green"
    right.add_row("not as in history", Text(str(differing_n), style=style))
    both = Table.grid(expand=True, padding=(0, 2))
    both.add_column(ratio=1)
    both.add_column(ratio=1)
    both.add_row(left, right)
    bar = Table.grid(expand=True)  # a bar alone would not end its line
    bar.add_row(
        ProgressBar(total=max(now.baskets_n, 1), completed=now.sold_n, complete_style="cyan")
    )
    title = f"Store {now.store}: {now.act}"
    return Panel(Group(bar, both), title=title, border_style="cyan", width=width)


def _facts() -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(no_wrap=True)
    return facts


def _devices(devices: Mapping[str, str]) -> Text:
    gone = sorted(name for name, state in devices.items() if state != "ready")
    if gone:
        return Text(f"{', '.join(gone)} gone", style="red")
    return Text(f"{len(devices)} ready", style="green")
