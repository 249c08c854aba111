"""Replays a recording of a cable through the real driver, and compares what comes out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from cext.errors import Refused, ShopError
from cext.kit.clock import Clock
from edge.devices import KINDS, Label, decode_settings
from edge.devices.handles import write_answer, write_scan, write_weight
from edge.devices.unified_pos import category_of
from edge.sim.flight_peer import Cable, FileCable, Memory, SerialCable, TcpCable
from edge.sim.flight_tape import Chunk, Scene, Tape, split_asked
from edge.sim.pulse import Pulse

TAKEN_WAIT_S = 2.0
SCENE_WAIT_S = 150.0
GAP_MAX_S = 6.0  # above the longest silence a driver may be told to wait for
TURNS_N = 5  # of the loop, for a driver to make up its mind about bytes


class Played(Struct, frozen=True, kw_only=True):
    """One order, or none, and what came of it: in the recording, and now."""

    ask: str
    recorded: str
    now: str

    @property
    def is_same(self) -> bool:
        """Whether the same came of it."""
        return self.recorded == self.now


class _Tap:
    """Counts what the driver has taken."""

    def __init__(self) -> None:
        self.took_bytes = 0
        self.pulse = Pulse()

    def took(self, data: bytes, at_mono_ns: int) -> None:
        del at_mono_ns
        self.took_bytes += len(data)
        self.pulse.beat()

    def sent(self, data: bytes) -> None:
        """Nothing to count."""


class Replayer:
    """Plays the scenes of one tape, one after the other."""

    def __init__(self, tape: Tape, cable: Cable, memory: Memory, clock: Clock) -> None:
        self._tape = tape
        self._cable = cable
        self._memory = memory
        self._clock = clock
        self._tap = _Tap()
        self._sent_bytes = 0
        self._device: Any = None
        self._closing = AsyncExitStack()
        self._came: list[str] = []
        self._heard = Pulse()
        self.category = category_of(str(tape.table["kind"]))
        self.played: list[Played] = []

    async def run(self) -> list[Played]:
        """Play everything; raises ConfigError when the recorded table is no device's."""
        try:
            for scene in self._tape.scenes:
                async with asyncio.timeout(SCENE_WAIT_S):
                    await self._play(scene)
        finally:
            await self._closing.aclose()
        return self.played

    async def _play(self, scene: Scene) -> None:
        if scene.ask == "open":
            await self._reopen(scene)
        elif scene.ask or scene.chunks or scene.answers:
            if self._device is None:
                # The beginning was dropped: let it open by any answer the recording has.
                chunks = [chunk for one in self._tape.scenes for chunk in one.chunks]
                await self._reopen(Scene("open", chunks))
            await (self._act(scene) if scene.ask else self._let_be(scene))

    async def _reopen(self, scene: Scene) -> None:
        await self._closing.aclose()
        self._device = None
        self._came.clear()
        recorded = scene.answers[0] if scene.answers else ""
        if recorded == "error device_gone":
            await self._cable.unplug()
        else:
            await self._cable.plug()
        self._memory.load(scene.chunks)
        table = {**self._tape.table, **self._cable.table()}
        table.update({key: "" for key in ("usb", "name") if key in table})
        settings = decode_settings({"it": table})["it"]
        opener = import_module(KINDS[settings.KIND]).open
        opening = opener(settings, device="it", clock=self._clock, tap=self._tap)
        now = "opened"
        try:
            self._device = await self._closing.enter_async_context(opening)
        except ShopError as exc:
            now = f"error {exc.code}"
        else:
            if self.category == "Scanner":
                await self._closing.enter_async_context(_listening(self._device, self._note))
        self._keep(Played(ask="open", recorded=recorded or now, now=now))

    async def _act(self, scene: Scene) -> None:
        recorded = scene.answers[0] if scene.answers else ""
        if self._device is None:
            self._keep(Played(ask=scene.ask, recorded=recorded, now="not open"))
            return
        self._sent_bytes = self._tap.took_bytes
        first = self._memory.load(scene.chunks)
        async with asyncio.TaskGroup() as group:
            acting = group.create_task(_say(self._order(scene.ask)))
            await self._turn()
            await self._send_paced(first, until=acting)
            if recorded == "error device_gone":
                await self._wait_sent(scene)
                await self._cable.unplug()
        now = acting.result()
        self._keep(Played(ask=scene.ask, recorded=recorded or now, now=now))

    async def _let_be(self, scene: Scene) -> None:
        """What happened by itself: scans; or polls of a printer, of which only changes matter."""
        if self.category == "Scanner":
            await self._scan(scene)
            return
        former: list[bytes] = []
        for part in split_asked(scene.chunks):
            data = [chunk.data for chunk in part]
            if part[0].mark == "<":
                for chunk in part:
                    await self._send(chunk.data)
            elif data != former and len(data) > 1:
                ask = "status" if self.category == "POSPrinter" else "label_status"
                await self._act(Scene(ask, part, []))
            former = data

    async def _scan(self, scene: Scene) -> None:
        if "error device_gone" in scene.answers:
            await self._send_paced(scene.chunks)
            await self._turn()
            await self._cable.unplug()
        else:
            await self._send_paced(scene.chunks)
        try:
            async with asyncio.timeout(TAKEN_WAIT_S):
                await self._heard.until(lambda: len(self._came) >= len(scene.answers))
        except TimeoutError:
            pass  # what is missing is seen below
        came, missing = self._came, len(scene.answers) - len(self._came)
        pairs = zip(scene.answers, came + [""] * max(0, missing), strict=False)
        for recorded, now in pairs:
            self._keep(Played(ask="", recorded=recorded, now=now))
        for now in came[len(scene.answers) :]:
            self._keep(Played(ask="", recorded="", now=now))
        self._came = []

    async def _send_paced(
        self, chunks: list[Chunk], until: asyncio.Future[str] | None = None
    ) -> None:
        """Send in the recorded rhythm, each chunk once the driver has taken the one before."""
        before_s = chunks[0].at_s if chunks else 0.0
        for chunk in chunks:
            if until is not None and until.done():
                return
            gap_s = min(max(0.0, chunk.at_s - before_s), GAP_MAX_S)
            if gap_s >= 0.01:
                await asyncio.sleep(gap_s)
            await self._send(chunk.data)
            before_s = chunk.at_s

    async def _send(self, data: bytes) -> None:
        wanted = self._tap.took_bytes + len(data)
        self._cable.send(data)
        try:
            async with asyncio.timeout(TAKEN_WAIT_S):
                await self._tap.pulse.until(lambda: self._tap.took_bytes >= wanted)
        except TimeoutError:
            pass  # a driver that is gone takes nothing; what it says is compared
        await self._turn()

    async def _wait_sent(self, scene: Scene) -> None:
        """Let the answers of a scene reach the driver before the cable is pulled."""
        wanted = self._sent_bytes + sum(len(c.data) for c in scene.chunks if c.mark == "<")
        try:
            async with asyncio.timeout(TAKEN_WAIT_S):
                await self._tap.pulse.until(lambda: self._tap.took_bytes >= wanted)
        except TimeoutError:
            pass

    @staticmethod
    async def _turn() -> None:
        for _ in range(TURNS_N):
            await asyncio.sleep(0)

    def _keep(self, played: Played) -> None:
        self.played.append(played)

    def _note(self, what: str) -> None:
        self._came.append(what)
        self._heard.beat()

    async def _order(self, ask: str) -> str:
        verb, _, rest = ask.partition(" ")
        device = self._device
        match verb:
            case "read" | "zero":
                return write_weight(await getattr(device, verb)())
            case "tare":
                return write_weight(await device.tare(int(rest) if rest else None))
            case "learn":
                return write_answer((await device.learn(wait_s=float(rest))).learned)
            case "status" | "label_status":
                return write_answer(await getattr(device, verb)())
            case "print":
                await device.print(bytes.fromhex(rest))
            case "print_labels":
                await device.print_labels(msgspec.json.decode(rest, type=tuple[Label, ...]))
            case "show":
                await device.show(*msgspec.json.decode(rest, type=tuple[str, str]))
            case "kick" | "clear":
                await getattr(device, verb)()
            case _:
                raise Refused("flight_unread", f"Nothing is known of {verb!r}.")
        return "done"


async def _say(order: Awaitable[str]) -> str:
    try:
        return await order
    except ShopError as exc:
        return f"error {exc.code}"


@asynccontextmanager
async def _listening(device: Any, note: Callable[[str], None]) -> AsyncIterator[None]:
    async def listen() -> None:
        scans = device.scans()
        while True:
            try:
                note(write_scan(await anext(scans)))
            except ShopError as exc:
                note(f"error {exc.code}")
                if exc.code == "device_gone":
                    return

    async with asyncio.TaskGroup() as group:
        listening = group.create_task(listen())
        try:
            yield
        finally:
            listening.cancel()


async def replay(tape: Tape, clock: Clock, folder: Path) -> list[Played]:
    """Play a tape over a pseudo-terminal linked in `folder`, or TCP where the device has a host."""
    memory = Memory()
    cable: Cable
    if "host" in tape.table:
        cable = TcpCable(memory.hear)
    elif tape.table["kind"] == "escpos_file_printer":
        cable = FileCable(folder / "device")
    else:
        cable = SerialCable(folder / "device", memory.hear)
    memory.send = cable.send
    await cable.plug()
    try:
        return await Replayer(tape, cable, memory, clock).run()
    finally:
        await cable.unplug()
