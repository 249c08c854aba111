"""A store, a hub and a broker as real processes that can be killed and started again.

The clerk works as a counter page does: when the box dies under an act it comes back, looks, and
either repeats the very same request (same `Idempotency-Key`) or begins the basket again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from cext.errors import OutsideError, Refused
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.week.measure import How
from edge.sim.week.plan import PlannedBasket
from edge.sim.week.process import run_command
from edge.sim.week.programme import Options, Programme, make_programme
from edge.sim.week.stage import (
    EDGE,
    HUB,
    LANE,
    Folder,
    Ports,
    edge_settings,
    hub_settings,
    make_token,
    toml,
)
from edge.sim.week.till import Door

WAIT_S = 150.0  # on a starved machine a killed daemon took 43 s to come back
NAMES = ("broker", "hub", "edge")


@dataclass
class Rig:
    """Three daemons; `kill` and `start` any of them at any moment."""

    folder: Folder
    ports: Ports
    programme: Programme
    printer: SimPrinter
    session: aiohttp.ClientSession
    password_file: str
    children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    edge: Door | None = None
    hub: Door | None = None
    kills_n: int = 0

    def argv(self, name: str) -> tuple[str, ...]:
        config = self.folder.edge_config if name == "edge" else self.folder.hub_config
        program, verb = {
            "broker": (HUB, "broker"),
            "hub": (HUB, "run"),
            "edge": (EDGE, "run"),
        }[name]
        return (*program, verb, "--config", str(config))

    async def start(self, *names: str) -> None:
        """Start daemons; they need not be ready when this returns."""
        for name in names:
            path = self.folder.logs / f"{name}.log"
            with path.open("ab") as log:
                self.children[name] = await asyncio.create_subprocess_exec(
                    *self.argv(name), stdout=log, stderr=log, process_group=0
                )

    async def kill(self, name: str) -> None:
        """`kill -9`, and wait until it is gone."""
        child = self.children.pop(name)
        child.kill()
        await child.wait()
        self.kills_n += 1

    def papers(self, number: str) -> list[bool]:
        """Of every whole paper of receipt `number` that came out: whether it says COPY."""
        texts = ["\n".join(job.text) for job in self.printer.jobs]
        return ["COPY" in text for text in texts if number in text]

    async def stop(self) -> None:
        """End all that still runs."""
        for child in self.children.values():
            if child.returncode is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in self.children.values():
            async with asyncio.timeout(20):
                await child.wait()
        self.children.clear()

    async def wait_edge(self) -> dict[str, object]:
        """The health of the box, once it answers."""
        assert self.edge is not None
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    found: dict[str, object] = await self.edge.get("/v1/health")
                except OutsideError:
                    await _breathe()
                else:
                    return found

    async def wait_arrived(self) -> None:
        """Return once the hub has confirmed every event."""
        async with asyncio.timeout(WAIT_S):
            while True:
                health = await self.wait_edge()
                link = health["link"]
                assert isinstance(link, dict)
                if link["up"] and link["cursor"] == health["head_seq"]:
                    return
                await _breathe()

    async def wait_printed(self) -> None:
        """Return once no receipt waits for its paper."""
        async with asyncio.timeout(WAIT_S):
            while (await self.wait_edge())["unprinted_n"]:
                await _breathe()

    def edge_events(self) -> list[tuple[int, bytes, bytes]]:
        """(seq, raw, hash) of every event in the journal."""
        with sqlite3.connect(self.folder.edge_state / "journal.db") as db:
            return list(db.execute("SELECT position, raw, hash FROM events ORDER BY position"))

    async def hub_events(self) -> list[tuple[int, bytes, bytes]]:
        """(seq, raw, hash) of every event at the hub, asked through its door."""
        assert self.hub is not None
        events: list[tuple[int, bytes, bytes]] = []
        first: int | None = 1
        while first is not None:
            path = f"/v1/stores/{self.programme.store}/events?first={first}&limit=200"
            page = await self.hub.get(path)
            events += [
                (row["seq"], bytes.fromhex(row["raw_hex"]), bytes.fromhex(row["hash"]))
                for row in page["rows"]
            ]
            first = page["next"]
        return events

    async def wait_same(self) -> None:
        """Return once the hub holds exactly what the journal holds."""
        async with asyncio.timeout(WAIT_S):
            while await self.hub_events() != self.edge_events():
                await _breathe()

    async def confirmed_events(self) -> list[dict[str, object]]:
        """The journal as its own command shows it, after it verified the chain."""
        config = str(self.folder.edge_config)
        await run_command(*EDGE, "journal", "verify", "--config", config)
        shown = await run_command(*EDGE, "journal", "show", "--json", "--config", config)
        return [json.loads(line) for line in shown.splitlines()]

    async def rebuild(self) -> str:
        """What `store-hub rebuild` says; it fails when a projection differs from its replay."""
        return await run_command(*HUB, "rebuild", "--config", str(self.folder.hub_config))


class Clerk:
    """Sells planned baskets whatever dies; remembers what the counter confirmed."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._tries_n = 0
        self.confirmed: dict[str, int] = {}

    async def open(self) -> None:
        """Book the price book and the stock, open the lane."""
        week = self._rig.programme.weeks[0]
        await self._insist("POST", "/v1/price-books", body=week.book)
        lines = [{"item": item.item, "quantity": 1_000_000} for item in week.book.items[:300]]
        body = {"document": "first", "lines": lines}
        await self._insist("POST", "/v1/stock/receivings", body=body, key="first")
        await self._insist("POST", f"/v1/lanes/{LANE}/open", body={"worker": "clerk"})

    async def sell(self, basket: PlannedBasket) -> None:
        """Sell `basket` and remember its receipt; begins again when the box died under it."""
        while True:
            self._tries_n += 1
            try:
                await self._ring(basket)
            except OutsideError:
                await self._rig.wait_edge()
                await self._clear()
                continue
            break
        key = f"close-{self._tries_n}"
        raw = await self._insist("POST", f"/v1/lanes/{LANE}/close", key=key)
        paper = json.loads(raw)
        assert paper["number"] not in self.confirmed
        self.confirmed[paper["number"]] = paper["payable_minor"]

    async def _ring(self, basket: PlannedBasket) -> None:
        door, lane = self._rig.edge, f"/v1/lanes/{LANE}"
        assert door is not None
        await door.call("POST", f"{lane}/scan", body={"code": basket.card})
        for ring in basket.rings:
            if ring.how is How.PIECE:
                body = {"code": ring.code, "quantity": ring.quantity}
                await door.call("POST", f"{lane}/scan", body=body)
            elif ring.how is How.LABEL:
                await door.call("POST", f"{lane}/scan", body={"code": ring.code})
        for ring in basket.rings:
            if ring.how.by_key:
                body = {"item": ring.item, "amount_minor": ring.past.gross_minor}
                await door.call("POST", f"{lane}/lines", body=body)
        due_minor = (await door.get(lane))["due_minor"]
        if due_minor > 0:
            body = {"kind": "card", "amount_minor": due_minor}
            await door.call("POST", f"{lane}/tenders", body=body)

    async def _clear(self) -> None:
        """Whatever the draft still holds goes; an empty lane stays as it is."""
        seen = json.loads(await self._insist("GET", f"/v1/lanes/{LANE}"))
        if seen["tenders"]:
            await self._insist("DELETE", f"/v1/lanes/{LANE}/tenders")
        if seen["lines"] or seen["member"]:
            await self._insist("POST", f"/v1/lanes/{LANE}/cancel", body={"reason": "power cut"})

    async def _insist(self, method: str, path: str, *, body: object = None, key: str = "") -> bytes:
        """The same request until it is answered; what was done before a kill is not done twice."""
        door = self._rig.edge
        assert door is not None
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    return await door.call(method, path, body=body, key=key)
                except Refused:
                    raise
                except OutsideError:
                    await self._rig.wait_edge()


@asynccontextmanager
async def open_rig(root: Path, *, kind: type[Rig] = Rig) -> AsyncIterator[Rig]:
    """A rig with credentials and tokens made and nothing started yet."""
    programme = await asyncio.to_thread(make_programme, Options())
    folder = await asyncio.to_thread(Folder, root)
    ports = Ports.find(usual=False)
    async with SimPrinter() as printer, aiohttp.ClientSession() as session:
        devices = {
            "printer1": {"kind": "escpos_tcp_printer", "host": printer.host, "port": printer.port}
        }
        folder.hub_config.write_text(toml({**hub_settings(folder, ports), "clock": {}}))
        said = await run_command(
            *HUB, "store", "add", programme.store, "--config", str(folder.hub_config)
        )
        password_file = said.strip().splitlines()[-1]
        settings = {
            **edge_settings(
                programme.store,
                folder,
                ports,
                password_file=password_file,
                devices=devices,
            ),
            "clock": {},
            "lanes": [{"id": LANE, "printer": "printer1"}],
        }
        folder.edge_config.write_text(toml(settings))
        rig = kind(folder, ports, programme, printer, session, password_file)
        scopes = ("read", "sell", "manage", "books")
        edge_token = await make_token(EDGE, folder.edge_config, "clerk", *scopes)
        hub_token = await make_token(HUB, folder.hub_config, "reader", "read")
        rig.edge = Door(session, f"http://127.0.0.1:{ports.edge}", edge_token)
        rig.hub = Door(session, f"http://127.0.0.1:{ports.hub}", hub_token)
        try:
            yield rig
        finally:
            await rig.stop()
            folder.close()


async def _breathe() -> None:
    """Let a polled process go on; what is waited for is the condition, not this."""
    await asyncio.sleep(0.02)  # schedule: how often a condition is looked at
