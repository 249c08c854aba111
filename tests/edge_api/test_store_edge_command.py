"""The command store-edge: a real process with real files, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.sales.shop import MILK_CODE, WAIT_S, make_book

COMMAND = (sys.executable, "-m", "edge")
PRINTER = '[devices.p]\nkind = "escpos_tcp_printer"\nhost = "h"\n'


def write_config(folder: Path, more: str = "") -> Path:
    book = folder / "book.json"
    book.write_bytes(msgspec.json.encode(make_book()))
    path = folder / "edge.toml"
    path.write_text(
        f"""
store = "367"
zone = "America/New_York"
currency = "USD"
state_dir = "{folder / "state"}"
price_book_file = "{book}"
{more}
[api]
port = 0
[[lanes]]
id = "1"
"""
    )
    return path


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [*COMMAND, *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30)


def make_token(config: Path, name: str = "till") -> str:
    made = command(
        "token", "create", "--config", config, "--name", name, "--scope", "read", "sell", "manage"
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


class Process:
    """A running store-edge."""

    def __init__(self, child: asyncio.subprocess.Process, url: str, token: str) -> None:
        self.child = child
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.request(method, self.url + path, json=body) as reply,
        ):
            assert reply.status < 300, await reply.text()
            return await reply.json()


@asynccontextmanager
async def started(config: Path, token: str) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        *COMMAND, "run", "--config", str(config), stderr=asyncio.subprocess.PIPE
    )
    assert child.stderr is not None
    try:
        async with asyncio.timeout(WAIT_S):
            while True:
                line = await child.stderr.readline()
                assert line, "store-edge ended"
                if b"doors_opened" in line:
                    facts = msgspec.json.decode(line)
                    break
        yield Process(child, f"http://127.0.0.1:{facts['port']}", token)
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def test_a_basket_survives_the_death_of_the_process(tmp_path: Path) -> None:
    config = await asyncio.to_thread(write_config, tmp_path)
    token = await asyncio.to_thread(make_token, config)
    async with started(config, token) as edge:
        await edge.call("POST", "/v1/lanes/1/open", {"worker": "anna"})
        await edge.call("POST", "/v1/lanes/1/scan", {"code": MILK_CODE})
        before = await edge.call("POST", "/v1/lanes/1/scan", {"code": MILK_CODE})
        edge.child.kill()
    async with started(config, token) as edge:
        after = await edge.call("GET", "/v1/lanes/1")
        assert after["lines"] == before["lines"]
        await edge.call("POST", "/v1/lanes/1/tenders", {"kind": "cash", "amount_minor": 1000})
        sale = await edge.call("POST", "/v1/lanes/1/close")
        edge.child.kill()
    async with started(config, token) as edge:
        assert (await edge.call("GET", "/v1/lanes/1"))["lines"] == []
        kept = await edge.call("GET", f"/v1/receipts/{sale['number']}")
        assert kept["payable_minor"] == 2 * 349


async def test_a_signal_ends_it_well_within_two_seconds(tmp_path: Path) -> None:
    config = await asyncio.to_thread(write_config, tmp_path)
    token = await asyncio.to_thread(make_token, config)
    for number in (signal.SIGTERM, signal.SIGINT):
        async with (
            started(config, token) as edge,
            aiohttp.ClientSession() as session,
            session.ws_connect(
                edge.url + "/v1/live", protocols=["storeline", f"bearer.{token}"]
            ) as socket,
        ):
            await socket.receive_json()
            edge.child.send_signal(number)
            async with asyncio.timeout(2):
                code = await edge.child.wait()
            assert code == 0


def test_every_wrong_setting_is_said_at_once_with_exit_code_78(tmp_path: Path) -> None:
    config = write_config(tmp_path, more='langage = "en"\nday_change_hour = 99')
    checked = command("check-config", "--config", config)
    assert checked.returncode == 78
    assert "did you mean 'language'" in checked.stderr
    assert "day_change_hour" in checked.stderr
    assert command("run", "--config", config).returncode == 78


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[devices.p]\nkind = "escpos_tcp_printr"\n', "escpos_tcp_printr"),
        ('[[lanes]]\nid = "2"\nscale = "w9"\n', "no table [devices.w9]"),
        ('[[lanes]]\nid = "1"\n', "used twice"),
        ("[link]\nenabled = true\n", "link.password_file"),
        (
            PRINTER + '[[lanes]]\nid = "2"\nscale = "p"\n',
            "is no scale",
        ),
        (
            PRINTER + '[[lanes]]\nid = "2"\nprinter = "p"\nfallback_printer = "p"\n',
            "lanes.2.fallback_printer: the same as its printer",
        ),
        (
            PRINTER + '[[lanes]]\nid = "2"\nfallback_printer = "p"\n',
            "lanes.2.fallback_printer: the lane has no printer of its own",
        ),
        (
            PRINTER.replace("escpos_tcp", "zpl_label") + '[[lanes]]\nid = "2"\nprinter = "p"\n',
            "lanes.2.printer: zpl_label_printer is no printer of receipts",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(
    tmp_path: Path, more: str, said: str
) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text() + more)
    checked = command("check-config", "--config", config)
    assert checked.returncode == 78
    assert said in checked.stderr


def test_a_good_file_is_called_good(tmp_path: Path) -> None:
    checked = command("check-config", "--config", write_config(tmp_path))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_version_is_printed() -> None:
    assert command("version").stdout.startswith("store-edge ")


def test_a_token_with_an_unknown_scope_or_a_taken_name_is_not_made(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    make_token(config)
    again = command("token", "create", "--config", config, "--name", "till", "--scope", "read")
    assert (again.returncode, "token_conflict" in again.stderr) == (1, True)
    other = command("token", "create", "--config", config, "--name", "x", "--scope", "all")
    assert (other.returncode, "scope_not_known" in other.stderr) == (1, True)


async def test_a_port_that_is_taken_is_a_wrong_setting(tmp_path: Path) -> None:
    config = await asyncio.to_thread(write_config, tmp_path)
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    text = config.read_text().replace("port = 0", f"port = {port}")
    config.write_text(text)
    done = await asyncio.to_thread(command, "run", "--config", config)
    server.close()
    assert done.returncode == 78
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


async def test_the_journal_is_walked_and_shown(tmp_path: Path) -> None:
    config = await asyncio.to_thread(write_config, tmp_path)
    token = await asyncio.to_thread(make_token, config)
    async with started(config, token) as edge:
        await edge.call("POST", "/v1/lanes/1/open", {"worker": "anna"})
        await edge.call("POST", "/v1/lanes/1/scan", {"code": MILK_CODE})
        await edge.call("POST", "/v1/lanes/1/tenders", {"kind": "card", "amount_minor": 349})
        await edge.call("POST", "/v1/lanes/1/close")
    walked = await asyncio.to_thread(command, "journal", "verify", "--config", config)
    assert (walked.returncode, walked.stdout.split(":")[0]) == (0, "whole")
    shown = await asyncio.to_thread(
        command, "journal", "show", "--config", config, "--json", "--first", "3"
    )
    events = [msgspec.json.decode(line) for line in shown.stdout.splitlines()]
    assert [event["kind"] for event in events] == ["sale_closed"]
    assert events[0]["body"]["payable_minor"] == 349
    plain = await asyncio.to_thread(command, "journal", "show", "--config", config)
    assert "store_opened" in plain.stdout.splitlines()[0]


def test_a_damaged_journal_is_told_apart(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    missing = command("journal", "verify", "--config", config)
    assert missing.returncode == 1
    assert "journal_unreadable" in missing.stderr
    assert os.fspath(tmp_path) not in missing.stdout
