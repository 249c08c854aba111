"""One MQTT connection on the asyncio loop: paho does the bytes, the loop owns the socket.

A `Dialer` opens `Line`s; a line that broke is thrown away with everything paho remembers in it,
because paho's own reconnect may send twice and past its window (paho.mqtt.python #698, #492).
Nothing here promises delivery: whoever needs that acknowledges above it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from msgspec import Struct
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from cext.errors import LinkDown

log = structlog.get_logger(__name__)

IN_FLIGHT_MAX_N = 20  # paho walks its window on every PUBACK; a larger one makes it slower
OUTBOX_MAX_N = 4_096
INBOX_MAX_N = 1_024
CONNECT_WAIT_S = 5.0
MISC_EVERY_S = 5.0  # paho's own timers: the keepalive is 30 s
UNSUPPORTED_VERSION = 132  # the MQTT 5 reason code; paho also gives it for a 3.1.1 refusal


class Broker(Struct, frozen=True, kw_only=True):
    """Where the broker is and who we are to it. TLS always; `ca_file` is the only CA trusted."""

    host: str
    port: int
    ca_file: str
    username: str
    password_file: str
    client_id: str
    keepalive_s: int = 30


class Letter(NamedTuple):
    """A message as it arrived."""

    topic: str
    payload: bytes


class Dialer:
    """Opens lines to one broker: MQTT 5, or 3.1.1 once the broker has refused 5."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._protocol = MQTTProtocolVersion.MQTTv5

    @asynccontextmanager
    async def open(self, subscribe: Sequence[str]) -> AsyncIterator[Line]:
        """A connected line that hears `subscribe`.

        LinkDown: broker_unreachable, broker_refused, broker_untrusted, broker_silent.
        """
        line = await self._connect()
        try:
            await line.subscribe(subscribe)
            yield line
        finally:
            line.close()

    async def _connect(self) -> Line:
        secret = await asyncio.to_thread(_load_secret, self._broker)
        try:
            return await self._try(self._protocol, secret)
        except LinkDown as exc:
            # NATS closes the connection of a version it does not speak, RabbitMQ names it.
            spoken = exc.code in {"version_refused", "closed_at_greeting"}
            if not spoken or self._protocol is MQTTProtocolVersion.MQTTv311:
                raise
        line = await self._try(MQTTProtocolVersion.MQTTv311, secret)
        self._protocol = MQTTProtocolVersion.MQTTv311
        log.warning("mqtt_version_lowered", host=self._broker.host, version="3.1.1")
        return line

    async def _try(self, protocol: MQTTProtocolVersion, secret: str) -> Line:
        broker = self._broker
        client = await asyncio.to_thread(_dial, broker, protocol, secret)
        line = Line(client, protocol)
        try:
            await line.greet()
        except BaseException:
            line.close()
            raise
        return line


class Line:
    """A live connection. Used from the loop only; dead for good after its first LinkDown."""

    def __init__(self, client: paho.Client, protocol: MQTTProtocolVersion) -> None:
        """Take over `client`, whose CONNECT is sent and whose socket nobody watches yet."""
        self.version = "5" if protocol is MQTTProtocolVersion.MQTTv5 else "3.1.1"
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._inbox: deque[Letter] = deque()
        self._outbox: deque[Letter] = deque()
        self._in_flight: set[int] = set()
        self._gone: LinkDown | None = None
        self._greeted = False
        self.wake = asyncio.Event()  # set whenever something here changed
        self._subscribed: dict[int, bool] = {}
        self._reading = self._writing = self._refused_said = False
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_want_write
        client.on_socket_unregister_write = self._on_written
        sock: Any = client.socket()
        if sock is not None:  # a small message waits 40 ms behind an unacknowledged one otherwise
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch(sock)
        self._misc = self._loop.call_later(MISC_EVERY_S, self._on_misc)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send with QoS 1 as soon as the window allows; LinkDown when the line is gone or stuck."""
        self.check()
        if len(self._outbox) >= OUTBOX_MAX_N:
            self._break(LinkDown("line_stuck", "the broker takes no more messages"))
            self.check()
        self._outbox.append(Letter(topic, payload))
        self._flush()

    @property
    def waiting_n(self) -> int:
        """Messages given to `publish` that the broker has not taken yet."""
        return len(self._outbox) + len(self._in_flight)

    async def receive(self, *, limit_n: int) -> list[Letter]:
        """The next letters, 1 to `limit_n`; LinkDown when the line broke and all are read.

        A full inbox stops the reading of the socket, so that the sender feels it.
        """
        while not self._inbox:
            self.check()
            self.wake.clear()
            await self.wake.wait()
        return self.take(limit_n=limit_n)

    def take(self, *, limit_n: int) -> list[Letter]:
        """The letters that are here already, none to `limit_n`."""
        count = min(limit_n, len(self._inbox))
        letters = [self._inbox.popleft() for _ in range(count)]
        if not self._reading and self._gone is None and len(self._inbox) < INBOX_MAX_N // 2:
            self._watch(self._client.socket())
            self._loop.call_soon(self._on_readable)  # TLS may hold bytes the socket will not tell
        return letters

    async def greet(self) -> None:
        """Wait for the broker's CONNACK."""
        await self._until(lambda: self._greeted)

    async def subscribe(self, filters: Sequence[str]) -> None:
        """Hear `filters` from now on."""
        if not filters:
            return
        _, mid = self._client.subscribe([(name, 1) for name in filters])
        await self._until(lambda: mid in self._subscribed)
        if not self._subscribed[mid or 0]:
            raise LinkDown("broker_refused", "the broker refused a subscription")

    def close(self) -> None:
        """Say goodbye if one still can; never waits."""
        self._misc.cancel()
        if self._gone is None:
            self._client.disconnect()
            self._client.loop_write()
            self._break(LinkDown("line_closed"))

    async def _until(self, done: Any) -> None:
        try:
            async with asyncio.timeout(CONNECT_WAIT_S):
                while not done():
                    self.check()
                    self.wake.clear()
                    await self.wake.wait()
        except TimeoutError as exc:
            raise LinkDown("broker_silent", "the broker does not answer") from exc

    def check(self) -> None:
        """LinkDown when the line is gone."""
        if self._gone is not None:
            raise LinkDown(self._gone.code, self._gone.detail)

    def _break(self, reason: LinkDown) -> None:
        if self._gone is not None:
            return
        self._gone = reason
        self._misc.cancel()
        sock = self._client.socket()
        if sock is not None:
            self._unwatch(sock)
            sock.close()
        self.wake.set()

    def _flush(self) -> None:
        while self._outbox and len(self._in_flight) < IN_FLIGHT_MAX_N and self._gone is None:
            letter = self._outbox.popleft()
            info = self._client.publish(letter.topic, letter.payload, qos=1)
            if info.rc != paho.MQTT_ERR_SUCCESS:
                self._break(LinkDown("broker_unreachable", paho.error_string(info.rc)))
                return
            self._in_flight.add(info.mid)

    def _watch(self, sock: Any) -> None:
        if sock is not None and not self._reading:
            self._loop.add_reader(sock, self._on_readable)
            self._reading = True

    def _unwatch(self, sock: Any) -> None:
        if self._reading:
            self._loop.remove_reader(sock)
        if self._writing:
            self._loop.remove_writer(sock)
        self._reading = self._writing = False

    def _on_readable(self) -> None:
        while self._gone is None and self._reading:
            self._client.loop_read()
            sock = self._client.socket()
            if sock is None:
                return
            if len(self._inbox) >= INBOX_MAX_N:
                self._loop.remove_reader(sock)
                self._reading = False
            # What TLS has already unpacked is never announced by the socket again.
            elif not (isinstance(sock, ssl.SSLSocket) and sock.pending()):
                return

    def _on_misc(self) -> None:
        self._misc = self._loop.call_later(MISC_EVERY_S, self._on_misc)
        self._client.loop_misc()

    def _on_want_write(self, _client: Any, _data: Any, sock: Any) -> None:
        if not self._writing and self._gone is None:
            self._loop.add_writer(sock, self._client.loop_write)
            self._writing = True

    def _on_written(self, _client: Any, _data: Any, sock: Any) -> None:
        if self._writing:
            self._loop.remove_writer(sock)
            self._writing = False

    def _on_socket_close(self, _client: Any, _data: Any, sock: Any) -> None:
        self._unwatch(sock)

    def _on_connect(
        self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _p: Any
    ) -> None:
        if not reason.is_failure:
            self._greeted = True
        elif reason.value == UNSUPPORTED_VERSION:
            self._break(LinkDown("version_refused", "the broker does not speak MQTT 5"))
        else:
            self._break(LinkDown("broker_refused", f"the broker refused us: {reason}"))
        self.wake.set()

    def _on_disconnect(self, *facts: Any) -> None:
        code = "broker_unreachable" if self._greeted else "closed_at_greeting"
        self._break(LinkDown(code, f"the connection ended: {facts[3]}"))

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._inbox.append(Letter(message.topic, bytes(message.payload)))
        self.wake.set()

    def _on_publish(self, _c: Any, _d: Any, mid: int, reason: ReasonCode, _p: Any) -> None:
        self._in_flight.discard(mid)
        if reason.is_failure and not self._refused_said:
            self._refused_said = True
            log.warning("publish_refused", reason=str(reason))
        self._flush()
        self.wake.set()

    def _on_subscribe(self, _c: Any, _d: Any, mid: int, reasons: list[ReasonCode], _p: Any) -> None:
        self._subscribed[mid] = not any(reason.is_failure for reason in reasons)
        self.wake.set()


def _load_secret(broker: Broker) -> str:
    try:
        return Path(broker.password_file).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise LinkDown("password_unreadable", str(exc)) from exc


def _dial(broker: Broker, protocol: MQTTProtocolVersion, secret: str) -> paho.Client:
    """Connect, shake hands and send CONNECT; blocks, so it runs on a thread of its own."""
    five = protocol is MQTTProtocolVersion.MQTTv5
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        protocol=protocol,
        clean_session=None if five else True,
    )
    client.connect_timeout = CONNECT_WAIT_S
    client.max_inflight_messages_set(IN_FLIGHT_MAX_N)
    client.username_pw_set(broker.username, secret)
    try:
        context = ssl.create_default_context(cafile=broker.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        client.tls_set_context(context)
        client.connect(
            broker.host,
            broker.port,
            keepalive=broker.keepalive_s,
            clean_start=True if five else paho.MQTT_CLEAN_START_FIRST_ONLY,
        )
    except ssl.SSLCertVerificationError as exc:
        raise LinkDown("broker_untrusted", f"not our broker: {exc.verify_message}") from exc
    except (OSError, ValueError) as exc:
        raise LinkDown("broker_unreachable", str(exc), host=broker.host, port=broker.port) from exc
    return client
