"""One replay from the empty folder to the table: start everything, trade, compare, look around."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from rich.console import Console

from cext.errors import OutsideError
from cext.kit.clock import ClockWheel, SystemClock
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from edge.sim.week.cashier import Counter
from edge.sim.week.process import Children, run_command
from edge.sim.week.programme import Options, Programme, make_programme
from edge.sim.week.reconcile import compare, fetch_hub_column, report
from edge.sim.week.stage import (
    EDGE,
    HUB,
    LANE,
    Folder,
    Ports,
    edge_settings,
    hub_settings,
    make_token,
    start_broker,
    start_daemon,
    toml,
)
from edge.sim.week.sums import sum_file, sum_sales, tally_rules
from edge.sim.week.till import Door, Till
from edge.sim.week.trading import Pages, Stage, begin_progress, opening_ms, trade
from edge.sim.week.view import View, say


class Interrupted(OutsideError):
    """Somebody ended the replay before its table."""


async def replay(options: Options, console: Console, stop: asyncio.Event) -> bool:
    """Run the whole show; whether every figure is equal.

    Without `options.check` everything stays open after the table until `stop` is set. Raises
    Interrupted when it is set earlier.
    """
    programme = make_programme(options)
    weeks = programme.weeks
    console.print(
        f"Store {programme.store}, {sum(len(week.baskets) for week in weeks)} baskets with "
        f"{sum(week.rings_n for week in weeks)} lines: starting broker, hub, store and counter ...",
        highlight=False,
        soft_wrap=True,
    )
    folder = await asyncio.to_thread(Folder, options.folder)
    children = Children(folder.logs)
    ports = Ports.find(usual=not options.any_ports)
    try:
        async with asyncio.TaskGroup() as group:
            early = group.create_task(_obey(stop), name="stop")
            async with open_stage(programme, folder, children, ports=ports) as stage:
                watches = children.watch(group)
                _show_pages(stage, console, "Look in while it trades:")
                equal = await trade_and_compare(programme, stage, console, pace=options.pace)
                early.cancel()
                if not options.check:
                    _show_pages(stage, console, "\nStill open for you (Ctrl-C ends everything):")
                    console.print(f"  logs: {folder.logs}", highlight=False, soft_wrap=True)
                    await stop.wait()
                for watch in watches:
                    watch.cancel()
        return equal
    finally:
        await children.stop()
        ports.close()
        folder.close()


async def _obey(stop: asyncio.Event) -> None:
    await stop.wait()
    raise Interrupted("interrupted", "ended before the table")


@asynccontextmanager
async def open_stage(
    programme: Programme, folder: Folder, children: Children, *, ports: Ports
) -> AsyncIterator[Stage]:
    """Devices first, then the daemons that look for them."""
    wheel = ClockWheel(folder.clock)
    wheel.set_now(opening_ms(programme.weeks[0]))
    async with (
        SimScanner(folder.devices / "scanner1") as scanner,
        SimScale(folder.devices / "scale1") as scale,
        SimPrinter() as printer,
        aiohttp.ClientSession() as session,
    ):
        printer_at = {"host": printer.host, "port": printer.port}
        devices = {
            "scanner1": {"kind": "serial_scanner", "port": scanner.path},
            "scale1": {"kind": "toledo_8217_scale", "port": scale.path},
            "printer1": {"kind": "escpos_tcp_printer", **printer_at},
        }
        folder.hub_config.write_text(toml(hub_settings(folder, ports)))
        password_file = await start_broker(children, folder, ports, store=programme.store)
        settings = edge_settings(
            programme.store, folder, ports, password_file=password_file, devices=devices
        )
        folder.edge_config.write_text(toml(settings))
        (edge, hub, pages), *_ = await asyncio.gather(
            _open_doors(folder, ports, session),
            start_daemon(children, "hub", HUB, folder.hub_config, port=ports.hub),
            start_daemon(children, "edge", EDGE, folder.edge_config, port=ports.edge),
        )
        till = Till(edge, LANE)
        counter = Counter(till=till, scanner=scanner, scale=scale, wheel=wheel, clock=SystemClock())
        yield Stage(
            edge=edge, hub=hub, counter=counter, printer=printer, folder=folder, pages=pages
        )


async def _open_doors(
    folder: Folder, ports: Ports, session: aiohttp.ClientSession
) -> tuple[Door, Door, Pages]:
    """Doors of edge and hub, and addresses for people; every token is made by its command."""
    edge_url, hub_url = (f"http://127.0.0.1:{port}" for port in (ports.edge, ports.hub))

    async def edge_tokens() -> tuple[str, str, str]:
        # One after the other: all commands write the same file.
        scopes = ("read", "sell", "manage")
        own = await make_token(EDGE, folder.edge_config, "replay", *scopes, "books")
        counter = await make_token(EDGE, folder.edge_config, "counter-page", *scopes)
        return own, counter, await make_token(EDGE, folder.edge_config, "customer-page", "read")

    async def hub_tokens() -> tuple[str, str]:
        own = await make_token(HUB, folder.hub_config, "replay", "read")
        return own, await make_token(HUB, folder.hub_config, "manager-page", "read")

    (edge, counter, customer), (hub, manager) = await asyncio.gather(edge_tokens(), hub_tokens())
    pages = (
        ("counter page", f"{edge_url}/#token={counter}"),
        ("customer's screen", f"{edge_url}/customer?lane={LANE}#token={customer}"),
        ("devices page", f"{edge_url}/devices#token={counter}"),
        ("manager page", f"{hub_url}/#token={manager}"),
    )
    return Door(session, edge_url, edge), Door(session, hub_url, hub), pages


async def trade_and_compare(
    programme: Programme, stage: Stage, console: Console, *, pace: str
) -> bool:
    """Trade all weeks, wait until everything arrived, show the tables; whether all is equal."""
    progress = begin_progress(programme, stage.counter.clock)
    with View(progress, console) as view:
        await trade(programme, stage, view, pace=pace)
        seconds = f"{progress.took_s:.0f} s"
        progress.act = "done"
    differing, config = progress.differing, stage.folder.edge_config
    columns = (
        sum_file([basket for basket in programme.baskets if basket.rings]),
        sum_sales(await load_journal(config)),
        await fetch_hub_column(stage.hub, programme.store),
    )
    verified = await run_command(*EDGE, "journal", "verify", "--config", str(config))
    equal = report(console, tally_rules(programme.baskets), compare(columns))
    speed = f"{progress.scan_ms(50):.1f} ms, p99 {progress.scan_ms(99):.1f} ms"
    printer = stage.printer
    said = [
        f"Journal {verified.strip()}",
        f"{len(progress.scan_ns)} scans; scan to screen {speed}; traded in {seconds}.",
        f"{printer.jobs_n} receipts on paper; the drawer opened {printer.kicks_n} times.",
        f"Baskets that the till prices otherwise than history: {len(progress.differing)}.",
        *(
            f"  basket {one.basket}: {say(one.payable_minor)}, not {say(one.expected_minor)}"
            for one in differing
        ),
    ]
    for line in said:
        console.print(line, highlight=False, soft_wrap=True)
    return equal and not progress.differing


async def load_journal(config: Path) -> list[dict[str, object]]:
    """Every event of the journal, as the program's own command shows them."""
    shown = await run_command(*EDGE, "journal", "show", "--json", "--config", str(config))
    return [msgspec.json.decode(line, type=dict[str, object]) for line in shown.splitlines()]


def _show_pages(stage: Stage, console: Console, title: str) -> None:
    console.print(title)
    for name, url in stage.pages:
        console.print(f"  {name}: {url}", highlight=False, soft_wrap=True)
