"""`store-edge devices`: list, watch, test, identify, learn, replay, for the person at the box."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from cext.errors import OutsideError, Refused, ShopError
from cext.kit.clock import SystemClock
from cext.kit.log import LogSettings, configure_log
from edge.config import Settings, load_edge_settings
from edge.devices import DeviceSettings

Command = Callable[[argparse.Namespace], int]
CALL_WAIT_S = 160  # above the longest check
TOKEN_MAX_BYTES = 4096
FILE_MAX_BYTES = 4 << 20
COLUMN_MAX_N = 60
BRIEF_MAX_N = 30


def add_devices(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command with all it can do."""
    devices = commands.add_parser("devices", help="look at devices, check them, find them")
    deeds = devices.add_subparsers(required=True, metavar="COMMAND")
    for name, command, help_text in (
        ("list", _list, "every device of the running box"),
        ("watch", _watch, "the same, then every change, until Ctrl-C"),
        ("test", _test, "check one device of the running box"),
    ):
        parser = deeds.add_parser(name, help=help_text)
        parser.set_defaults(command=command)
        parser.add_argument("--config", type=Path, required=True, metavar="FILE")
        parser.add_argument("--token-file", type=Path, metavar="FILE", help="or STORE_EDGE_TOKEN")
        if name == "test":
            parser.add_argument("device", help="its name in the configuration")
            parser.add_argument(
                "--level", default="internal", choices=("internal", "external", "interactive")
            )
    identify = deeds.add_parser("identify", help="what is plugged into this machine")
    identify.add_argument("--ask", action="store_true", help="look for scales on serial ports")
    identify.set_defaults(command=_identify)
    learn = deeds.add_parser("learn", help="find a keyboard scanner's settings by one scan")
    learn.add_argument("--config", type=Path, required=True, metavar="FILE")
    learn.add_argument("device", help="its name in the configuration; the box must not run")
    learn.set_defaults(command=_learn)
    replay = deeds.add_parser("replay", help="play a recording of a cable through the driver")
    replay.add_argument("file", type=Path, help="from the flight door, or the folder flights")
    replay.add_argument("--kind", default="", help="another kind than the recorded one")
    replay.set_defaults(command=_replay)


def advise_devices(devices: Mapping[str, DeviceSettings]) -> list[str]:
    """What is allowed in a configuration and will hurt one day: ports that change their number."""
    from edge.devices.finding import advise_device  # noqa: PLC0415 - only check-config asks

    told = ((name, advise_device(settings)) for name, settings in devices.items())
    return [f"devices.{name}.port: {advice}" for name, advice in told if advice]


# Of the running box


def _list(options: argparse.Namespace) -> int:
    async def show() -> int:
        async with _calling(options) as call:
            devices = (await call("GET", "/v1/devices"))["devices"]
        sys.stdout.write(format_table(_HEADINGS, [_row(device) for device in devices]))
        return 0 if all(device["state"] == "ready" for device in devices) else 1

    return asyncio.run(show())


def _watch(options: argparse.Namespace) -> int:
    async def watch() -> int:
        async with _listening(options) as told:
            async for news in told:
                if news["type"] == "device":
                    device = news["device"]
                    told_now = device["says"] if device["state"] == "ready" else device["detail"]
                    line = f"{device['device']:<12} {device['upos_state']:<8} {told_now}".rstrip()
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
        return 1  # the box ended

    try:
        return asyncio.run(watch())
    except KeyboardInterrupt:
        return 0


def _test(options: argparse.Namespace) -> int:
    async def check() -> int:
        path = f"/v1/devices/{options.device}/health"
        async with _calling(options) as call:
            if options.level == "interactive":
                sys.stderr.write("Scan something within ten seconds.\n")
            health = await call("POST", path, {"level": options.level})
        verdict = "good" if health["ok"] else "BAD"
        sys.stdout.write(f"{health['device']}: {verdict}, {health['text']}")
        sys.stdout.write(f" ({health['took_ms']} ms)\n")
        return 0 if health["ok"] else 1

    return asyncio.run(check())


_HEADINGS = ("DEVICE", "STATE", "LANE", "KIND", "HARDWARE", "SAYS")


def _row(device: dict[str, Any]) -> tuple[str, ...]:
    identity = device["identity"]
    named = " ".join(filter(None, (identity["maker"], identity["model"], identity["serial"])))
    is_ready = device["state"] == "ready"
    return (
        device["device"],
        device["upos_state"],
        ",".join(device["lanes"]) or "-",
        device["kind"],
        named or identity["path"] or "-",
        (device["says"] if is_ready else device["detail"]) or "-",
    )


def format_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; a Chinese character takes two."""
    cut = [[_cut(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(_width(row[at]) for row in cut) for at in range(len(headings))]
    lines = []
    for row in cut:
        cells = [cell + " " * (wide - _width(cell)) for cell, wide in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _cut(cell: str) -> str:
    clean = "".join(char if char.isprintable() else "?" for char in cell)
    return clean if len(clean) <= COLUMN_MAX_N else clean[: COLUMN_MAX_N - 1] + "…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _address(settings: Settings) -> str:
    host = settings.api.host
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared only
    if settings.api.port == 0:
        raise Refused("address_unknown", "api.port is 0: the box takes any port, name one.")
    return f"http://{host}:{settings.api.port}"


def _token(options: argparse.Namespace) -> str:
    if options.token_file is None:
        token = os.environ.get("STORE_EDGE_TOKEN", "")
        if not token:
            cure = "make one with `store-edge token create`, and name its file by --token-file"
            raise Refused("token_missing", f"A running box asks for a token: {cure}.")
        return token
    try:
        with options.token_file.open(encoding="ascii") as file:
            return str(file.read(TOKEN_MAX_BYTES)).strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise Refused("token_missing", f"{options.token_file}: {exc}") from exc


@asynccontextmanager
async def _session(options: argparse.Namespace) -> AsyncIterator[tuple[Any, str]]:
    import aiohttp  # noqa: PLC0415 - half of these commands need no network

    url, token = _address(load_edge_settings(options.config)), _token(options)
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=None, connect=5)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            yield session, url
    except aiohttp.ClientConnectorError as exc:
        detail = f"{url}: nobody answers ({exc.os_error.strerror}); does the box run?"
        raise OutsideError("box_silent", detail) from exc
    except aiohttp.WSServerHandshakeError as exc:
        raise Refused("token_wrong", f"{url}: {exc.status} {exc.message}") from exc


@asynccontextmanager
async def _calling(options: argparse.Namespace) -> AsyncIterator[Callable[..., Any]]:
    async with _session(options) as (session, url):

        async def call(method: str, path: str, body: Any = None) -> Any:
            async with (
                asyncio.timeout(CALL_WAIT_S),
                session.request(method, url + path, json=body) as reply,
            ):
                answer = msgspec.json.decode(await reply.read())
            if reply.status >= 400:
                upos = f" ({answer['upos']})" if "upos" in answer else ""
                raise Refused(answer["code"], answer["detail"] + upos)
            return answer

        yield call


@asynccontextmanager
async def _listening(options: argparse.Namespace) -> AsyncIterator[AsyncIterator[Any]]:
    async with _session(options) as (session, url):
        path = f"{url}/v1/live"
        async with session.ws_connect(path, protocols=["storeline"], heartbeat=30) as socket:

            async def read() -> AsyncIterator[Any]:
                async for message in socket:
                    yield msgspec.json.decode(message.data)

            yield read()


# Of this machine


def _identify(options: argparse.Namespace) -> int:
    from edge.devices.identity import list_nodes  # noqa: PLC0415 - only this command looks

    nodes = list_nodes()
    if not nodes:
        sys.stdout.write("No serial port, hidraw, input or printer node is plugged in.\n")
        return 1
    rows = []
    for node in nodes:
        named = node.identity
        what = " ".join(filter(None, (named.maker, named.model, named.serial))) or "unknown"
        seen = _ask(node.node) if options.ask and node.kind == "tty" else ""
        rows.append((node.node, node.name(), named.usb or "-", seen or what))
    sys.stdout.write(format_table(("NODE", "WRITE IN SETTINGS", "USB", "WHAT"), rows))
    return 0


def _ask(port: str) -> str:
    """What scale answers on a port, or why that is unknown."""
    from edge.devices.scales.detect import Found  # noqa: PLC0415
    from edge.devices.scales.find import find_scale  # noqa: PLC0415

    try:
        found = asyncio.run(find_scale(port, clock=SystemClock()))
    except ShopError as exc:
        return exc.detail
    if isinstance(found, Found):
        return f"{found.kind}, known by its {found.how} {found.serial}".strip()
    return found.detail


def _learn(options: argparse.Namespace) -> int:
    from edge.device_settings import check_devices  # noqa: PLC0415
    from edge.devices.scanners.calibrate import calibrate  # noqa: PLC0415

    devices = check_devices(load_edge_settings(options.config))
    if options.device not in devices:
        known = ", ".join(devices) or "none"
        raise Refused("device_unknown", f"No device {options.device!r}; there are: {known}.")
    sys.stderr.write("Scan the calibration barcode within a minute.\n")
    settings = devices[options.device]
    made = asyncio.run(calibrate(settings, device=options.device, clock=SystemClock()))
    for advice in made.learned.advice:
        sys.stderr.write(f"# {advice}\n")
    sys.stdout.write(made.toml)
    return 0


def _replay(options: argparse.Namespace) -> int:
    from edge.sim.flight_replay import replay  # noqa: PLC0415
    from edge.sim.flight_tape import read_tape  # noqa: PLC0415

    try:
        with options.file.open(encoding="utf-8") as file:
            text = file.read(FILE_MAX_BYTES)
    except (OSError, UnicodeDecodeError) as exc:
        raise Refused("flight_unread", f"{options.file}: {exc}") from exc
    tape = read_tape(text)
    if options.kind:
        tape.table["kind"] = options.kind
    configure_log(LogSettings(level="error", form="console"))
    with tempfile.TemporaryDirectory() as folder:
        played = asyncio.run(replay(tape, SystemClock(), Path(folder)))
    rows = []
    for one in played:
        verdict = "same" if one.is_same else f"RECORDED: {one.recorded or 'nothing'}"
        rows.append((_brief(one.ask), one.now or "nothing", verdict))
    sys.stdout.write(format_table(("ASKED", "CAME", "AS RECORDED"), rows))
    differing_n = sum(not one.is_same for one in played)
    sys.stdout.write(f"{len(played)} played, {differing_n} differ from the recording.\n")
    return 1 if differing_n else 0


def _brief(ask: str) -> str:
    verb, _, rest = ask.partition(" ")
    if len(rest) > BRIEF_MAX_N:
        return f"{verb} ({len(rest)} characters)"
    return ask or "-"
