"""store-edge devices: the command as a process, against a running box with real bytes."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.device_commands import format_table
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale
from tests.edge_api.test_store_edge_command import command, write_config
from tests.sales.shop import Door, listening, make_settings, running

WAIT_S = 30


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def store_edge(*arguments: str | Path) -> tuple[int, str, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge", "devices", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(WAIT_S):
        out, err = await child.communicate()
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()


class Shop:
    """A running box, its devices, and the arguments that lead the command there."""

    def __init__(self, door: Door, printer: SimPrinter, scale: SimScale, folder: Path) -> None:
        self.door = door
        self.printer = printer
        self.scale = scale
        self.scanner: SimScanner | None = None
        self.at = ("--config", folder / "edge.toml", "--token-file", folder / "token")


@asynccontextmanager
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    port = free_port()
    async with SimPrinter() as printer, SimScale(tmp_path / "scale") as scale:
        tables = {"printer1": printer.table(), "scale1": scale.table()}
        settings = make_settings(
            tmp_path / "state",
            api={"port": port},
            lanes=[{"id": "1", "scale": "scale1", "printer": "printer1"}],
            devices=tables,
        )
        config = f'store="1"\nzone="UTC"\ncurrency="USD"\nstate_dir="x"\n[api]\nport={port}\n'
        await asyncio.to_thread((tmp_path / "edge.toml").write_text, config)
        async with running(settings) as door, listening(door) as news:
            ready = set[str]()
            while ready != set(tables):
                told = await news.until(lambda m: m["type"] == "device")
                if told["device"]["state"] == "ready":
                    ready.add(told["device"]["device"])
            token = door.session.headers["Authorization"].removeprefix("Bearer ")
            await asyncio.to_thread((tmp_path / "token").write_text, token + "\n")
            yield Shop(door, printer, scale, tmp_path)


async def test_list_shows_every_device_in_columns_and_fails_if_one_is_gone(tmp_path: Path) -> None:
    async with shop(tmp_path) as there, listening(there.door) as news:
        code, out, _ = await store_edge("list", *there.at)
        there.printer.set_cover_open(is_open=True)
        await news.until(lambda m: m["type"] == "device" and m["device"]["state"] == "gone")
        gone_code, gone_out, _ = await store_edge("list", *there.at)

    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["DEVICE", "STATE", "LANE", "KIND", "HARDWARE", "SAYS"]
    assert rows[1][:4] == ["printer1", "idle", "1", "escpos_tcp_printer"]
    assert rows[2][:4] == ["scale1", "idle", "1", "toledo_8217_scale"]
    assert (code, gone_code) == (0, 1)
    assert "The printer's cover is open." in gone_out


async def test_test_weighs_and_says_what_was_weighed(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        there.scale.set_load(1250)
        code, out, _ = await store_edge("test", *there.at, "scale1", "--level", "external")
        unfit = await store_edge("test", *there.at, "scale1", "--level", "interactive")
        missing = await store_edge("test", *there.at, "scale9")

    assert code == 0
    assert out.startswith("scale1: good, 1.250 kg (")
    assert unfit[0] == missing[0] == 1
    assert "level_unfit: A Scale is checked by external. (E_ILLEGAL)" in unfit[2]
    assert "device_unknown" in missing[2]


async def test_watch_tells_every_change(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        arguments = map(str, ("watch", *there.at))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "edge", "devices", *arguments), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        try:
            async with asyncio.timeout(WAIT_S):
                first = [await child.stdout.readline() for _ in range(2)]
                await there.scale.unplug()
                changed = await child.stdout.readline()
        finally:
            child.kill()
            await child.wait()

    assert [line.split()[0] for line in first] == [b"printer1", b"scale1"]
    assert changed.startswith(b"scale1       closed ")


async def test_a_box_that_does_not_run_and_a_token_that_is_missing_are_named(
    tmp_path: Path,
) -> None:
    config = tmp_path / "edge.toml"
    text = f'store="1"\nzone="UTC"\ncurrency="USD"\nstate_dir="x"\n[api]\nport={free_port()}\n'
    await asyncio.to_thread(config.write_text, text)
    token = tmp_path / "token"
    await asyncio.to_thread(token.write_text, "x")

    silent = await store_edge("list", "--config", config, "--token-file", token)
    no_token = await store_edge("list", "--config", config)
    no_file = await store_edge("list", "--config", config, "--token-file", tmp_path / "none")

    assert silent[0] == no_token[0] == no_file[0] == 1
    assert "does the box run?" in silent[2]
    assert "store-edge token create" in no_token[2]
    assert "No such file" in no_file[2]
    assert "Traceback" not in silent[2] + no_token[2] + no_file[2]


async def test_replay_prints_what_came_and_fails_where_it_differs(tmp_path: Path) -> None:
    async with shop(tmp_path) as there:
        there.scale.set_load(1250)
        await store_edge("test", *there.at, "scale1", "--level", "external")
        url = there.door.url + "/v1/devices/scale1/flight"
        async with there.door.session.get(url) as reply:
            recorded = await reply.text()
    file = tmp_path / "scale1.hex"
    await asyncio.to_thread(file.write_text, recorded)
    same = await store_edge("replay", file)
    await asyncio.to_thread(file.write_text, recorded.replace("weight 1250", "weight 9999"))
    other = await store_edge("replay", file)
    await asyncio.to_thread(file.write_text, "hello")
    wrong = await store_edge("replay", file)

    assert same[0] == 0
    assert "weight 1250 stable" in same[1]
    assert same[1].endswith("2 played, 0 differ from the recording.\n")
    assert other[0] == 1
    assert "RECORDED: weight 9999 stable" in other[1]
    assert wrong[0] == 1
    assert wrong[2].startswith("flight_unread: ")


def test_identify_works_without_a_box() -> None:
    told = command("devices", "identify")

    assert told.returncode in (0, 1)
    assert told.stdout.startswith(("NODE ", "No serial port"))


def test_check_config_warns_of_a_port_that_changes_its_number(tmp_path: Path) -> None:
    more = '[devices.scale1]\nkind = "toledo_8217_scale"\nport = "/dev/ttyUSB7"\n'
    config = write_config(tmp_path)
    config.write_text(config.read_text() + more)

    checked = command("check-config", "--config", config)

    assert checked.returncode == 0
    assert "warning: devices.scale1.port: /dev/ttyUSB7 may be another device" in checked.stderr
    assert "/dev/serial/by-id" in checked.stderr


@pytest.mark.parametrize("cell", ["电子秤", "a\x1b[31mb", "x" * 200, ""])
def test_columns_line_up_whatever_is_in_them(cell: str) -> None:
    lines = format_table(("A", "B"), [(cell, "end"), ("b", "end")]).splitlines()

    wide = sum(2 if ord(char) > 0x2E80 else 1 for char in lines[1].removesuffix("end"))
    assert len(lines[2].removesuffix("end")) == wide
    assert "\x1b" not in "".join(lines)
