"""A device that says again what it said in a recording, when it is asked the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge.sim.flight_tape import Chunk
from edge.sim.pty_port import PtyPort

Hear = Callable[[bytes], None]


class Cable(Protocol):
    """One end of a cable that can be pulled."""

    def table(self) -> dict[str, str | int]:
        """The keys that lead a driver here."""

    async def plug(self) -> None:
        """Put it in."""

    async def unplug(self) -> None:
        """Pull it out."""

    def send(self, data: bytes) -> None:
        """Send to the driver."""


class SerialCable(PtyPort):
    """A pseudo-terminal."""

    def __init__(self, link: Path, hear: Hear) -> None:
        super().__init__(link)
        self._hear = hear

    def table(self) -> dict[str, str | int]:
        return {"port": self.path}

    def on_bytes(self, data: bytes) -> None:
        self._hear(data)


class TcpCable:
    """A TCP port; the last to connect is talked to."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._port = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    def table(self) -> dict[str, str | int]:
        return {"host": "127.0.0.1", "port": self._port}

    async def plug(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def send(self, data: bytes) -> None:
        if self._writers:
            self._writers[-1].write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                self._hear(data)
        if writer in self._writers:
            self._writers.remove(writer)
        writer.close()


class FileCable:
    """A plain file that takes everything and says nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def table(self) -> dict[str, str | int]:
        return {"port": str(self._path)}

    async def plug(self) -> None:
        await asyncio.to_thread(self._path.touch)

    async def unplug(self) -> None:
        await asyncio.to_thread(self._path.unlink, missing_ok=True)

    def send(self, data: bytes) -> None:
        """Say nothing."""


def _nowhere(_data: bytes) -> None:
    """Send to nobody: no cable is there yet."""


class Memory:
    """Answers the bytes of a driver by the chunks of a scene.

    What the driver sends is looked for from where the last match was: questions that come no more
    are passed over. One that was asked more often than recorded gets the last answer again, and
    one of the scene before that comes late still gets its own.
    """

    def __init__(self) -> None:
        self.send: Callable[[bytes], None] = _nowhere
        self._asked: list[tuple[bytes, list[bytes]]] = []
        self._late: list[tuple[bytes, list[bytes]]] = []
        self._at = 0
        self._heard = b""
        self.unknown_bytes = 0

    def load(self, chunks: list[Chunk]) -> list[Chunk]:
        """Take up a scene; gives what the device said before it was asked anything."""
        first: list[Chunk] = []
        self._late = self._asked[self._at :]
        self._asked, self._at = [], 0
        for chunk in chunks:
            if chunk.mark == ">":
                self._asked.append((chunk.data, []))
            elif self._asked:
                self._asked[-1][1].append(chunk.data)
            else:
                first.append(chunk)
        return first

    def hear(self, data: bytes) -> None:
        """Take bytes of the driver, at any cut."""
        self._heard += data
        while self._heard:
            found = self._find()
            if found is not None:
                question, answers = found
                self._heard = self._heard[len(question) :]
                for answer in answers:
                    self.send(answer)
            elif self._may_go_on():
                return
            else:  # no question of the recording begins here
                self._heard = self._heard[1:]
                self.unknown_bytes += 1

    def _find(self) -> tuple[bytes, list[bytes]] | None:
        for number in range(self._at, len(self._asked)):
            if self._heard.startswith(self._asked[number][0]):
                self._at = number + 1
                return self._asked[number]
        others = [*self._late, *reversed(self._asked[: self._at])]
        for question, answers in others:
            if self._heard.startswith(question):
                return question, answers
        return None

    def _may_go_on(self) -> bool:
        known = (*self._asked, *self._late)
        return any(question.startswith(self._heard) for question, _ in known)
