"""One lane of a running edge, used over HTTP and WebSocket as a counter page uses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from cext.errors import OutsideError, Refused, RemoteBroken

ANSWER_WAIT_S = 15.0
PAPER_WAIT_S = 5.0
NEWS_MAX_BYTES = 4 * 1024 * 1024
JsonValue = Any
OnNews = Callable[[Mapping[str, JsonValue]], None]


class LineSeen(Struct, frozen=True, kw_only=True):
    """The part of a line's view that the cashier looks at."""

    line: int
    item: str


class LaneSeen(Struct, frozen=True, kw_only=True):
    """The part of a lane's view that the cashier looks at."""

    lane: str
    lines: tuple[LineSeen, ...]
    payable_minor: int
    due_minor: int


class Paper(Struct, frozen=True, kw_only=True):
    """The part of a receipt that the cashier looks at."""

    number: str
    payable_minor: int


class ScanSeen(Struct, frozen=True, kw_only=True):
    """What the lane said about a scan."""

    lane: str
    code: str
    outcome: str
    detail: str
    problem: str | None = None


class Door:
    """A daemon's HTTP door: one address, one token."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self.url = url
        self.token = token

    async def call(self, method: str, path: str, *, body: JsonValue = None, key: str = "") -> bytes:
        """Call `path`; Refused or RemoteBroken with the problem document's own code and words."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = msgspec.json.encode(body)
        try:
            async with (
                asyncio.timeout(ANSWER_WAIT_S),
                self._session.request(method, self.url + path, data=data, headers=headers) as reply,
            ):
                raw = await reply.read()
        except (aiohttp.ClientError, TimeoutError) as exc:
            raise OutsideError("door_silent", f"{method} {path}: {exc!r}") from exc
        if reply.status >= 400:
            raise _problem(reply.status, raw, f"{method} {path}")
        return raw

    @asynccontextmanager
    async def open_live(self) -> AsyncIterator[LiveDoor]:
        """The live door; the token travels as a WebSocket subprotocol."""
        protocols = ("storeline", f"bearer.{self.token}")
        try:
            socket = await self._session.ws_connect(
                f"{self.url}/v1/live", protocols=protocols, max_msg_size=NEWS_MAX_BYTES
            )
        except aiohttp.ClientError as exc:
            raise OutsideError("live_door_shut", f"{self.url}/v1/live: {exc}") from exc
        try:
            yield LiveDoor(socket)
        finally:
            await socket.close()

    async def get(self, path: str) -> JsonValue:
        """The JSON at `path`."""
        return msgspec.json.decode(await self.call("GET", path))


def _problem(status: int, raw: bytes, what: str) -> Refused | RemoteBroken:
    try:
        told = msgspec.json.decode(raw, type=dict[str, JsonValue])
    except msgspec.MsgspecError:
        told = {}
    code, detail = str(told.get("code", "unexplained")), str(told.get("detail", ""))
    sentence = f"{what}: {status} {code}: {detail}"
    return RemoteBroken(code, sentence) if status >= 500 else Refused(code, sentence)


class Till:
    """The cashier's hands on one lane. Every write carries its own idempotency key."""

    def __init__(self, door: Door, lane: str) -> None:
        self._door = door
        self._path = f"/v1/lanes/{lane}"
        self._lane = lane
        self._scans: asyncio.Queue[ScanSeen] = asyncio.Queue(maxsize=64)
        self._printed = ""
        self._paper = asyncio.Event()
        self._acts_n = 0
        self._key = "stage"
        self.seen: LaneSeen | None = None

    def begin(self, basket: str) -> None:
        """The next acts belong to `basket`."""
        self._key = basket
        self._acts_n = 0

    def on_news(self, news: Mapping[str, JsonValue]) -> None:
        """Take one message of the live door."""
        if news.get("type") == "lane" and news["lane"]["lane"] == self._lane:
            self.seen = msgspec.convert(news["lane"], LaneSeen)
        elif news.get("type") == "scan" and news["lane"] == self._lane:
            self._scans.put_nowait(msgspec.convert(news, ScanSeen))
        elif news.get("type") == "printed":
            self._printed = str(news["number"])
            self._paper.set()

    async def wait_scan(self, code: str) -> ScanSeen:
        """What the lane said about the scan of `code`; Refused when it refused."""
        async with asyncio.timeout(ANSWER_WAIT_S):
            seen = await self._scans.get()
        if seen.outcome == "refused":
            raise Refused(seen.problem or "scan_refused", f"scan of {code}: {seen.detail}")
        if seen.code != code:
            raise RemoteBroken("scan_mixed_up", f"typed {code}, the lane read {seen.code}")
        return seen

    async def wait_paper(self, number: str) -> bool:
        """Wait until the receipt came out; False when it does not in time: sales go on."""
        try:
            async with asyncio.timeout(PAPER_WAIT_S):
                while self._printed != number:
                    self._paper.clear()
                    await self._paper.wait()
        except TimeoutError:
            return False
        return True

    def last_line(self, item: str) -> int:
        """The number of the line just added; RemoteBroken when it is not of `item`."""
        line = self.seen.lines[-1] if self.seen and self.seen.lines else None
        if line is None or line.item != item:
            raise RemoteBroken("line_missing", f"the lane does not show a line of {item}")
        return line.line

    async def open(self, worker: str) -> None:
        """Open the lane."""
        await self._act("POST", "/open", {"worker": worker})

    async def ring(self, item: str, amount_minor: int) -> None:
        """Ring a department key by amount."""
        await self._act("POST", "/lines", {"item": item, "amount_minor": amount_minor})

    async def change(self, line: int, body: JsonValue) -> None:
        """Change a line's quantity or price."""
        await self._act("PATCH", f"/lines/{line}", body)

    async def tender(self, kind: str, amount_minor: int) -> None:
        """Take money."""
        await self._act("POST", "/tenders", {"kind": kind, "amount_minor": amount_minor})

    async def close(self) -> Paper:
        """Close the sale; returns when it is on disk."""
        raw = await self._call("POST", "/close", None)
        return msgspec.json.decode(raw, type=Paper)

    async def look(self) -> LaneSeen:
        """Fetch the lane as it stands."""
        raw = await self._door.call("GET", self._path)
        self.seen = msgspec.json.decode(raw, type=LaneSeen)
        return self.seen

    async def _act(self, method: str, path: str, body: JsonValue) -> None:
        raw = await self._call(method, path, body)
        self.seen = msgspec.json.decode(raw, type=LaneSeen)

    async def _call(self, method: str, path: str, body: JsonValue) -> bytes:
        self._acts_n += 1
        key = f"{self._key}-{self._acts_n}"
        return await self._door.call(method, self._path + path, body=body, key=key)


class LiveDoor:
    """What the edge tells while it happens."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def listen(self, on_news: OnNews) -> None:
        """Hand every message to `on_news`; OutsideError when the edge hangs up."""
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                on_news(msgspec.json.decode(message.data, type=dict[str, JsonValue]))
        raise OutsideError("live_door_shut", "the edge closed its live door")
