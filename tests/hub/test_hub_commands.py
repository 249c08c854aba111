"""The command `store-hub`, as a person types it: real processes, real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from hub.projections import PROJECTIONS
from hub.store import Storage, StoreUrl, open_database
from tests.hub.trade import Shop, trade

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 30


def store_hub(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(f'state_dir = "{tmp_path}/state"\n[api]\nport = 0\n[broker]\nenabled = false\n')
    return path


@contextmanager
def running(config: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`store-hub run`, and the port it logged."""
    daemon = subprocess.Popen(
        [sys.executable, "-m", "hub", "run", "--config", str(config)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in daemon.stderr:
            entry = json.loads(line)
            if entry["event"] == "hub_started":
                break
        else:
            pytest.fail("the hub ended before it started")
        yield daemon, entry["port"]
    finally:
        daemon.kill()
        daemon.wait()
        daemon.stderr.close()


def test_version_needs_no_config() -> None:
    told = store_hub("version")
    assert told.returncode == 0
    assert told.stdout.startswith("store-hub ")


def test_the_example_is_good() -> None:
    told = store_hub("check-config", "--config", "systemd/hub.example.toml")
    assert (told.returncode, told.stderr) == (0, "")
    assert "all good" in told.stdout


def test_given_a_wrong_config_then_every_problem_is_named_and_nothing_starts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('[api]\nprot = 1\nport = 99999\n[log]\nlevel = "loud"\n')
    for command in ("check-config", "run"):
        told = store_hub(command, "--config", str(path))
        assert told.returncode == 78
        for word in ("state_dir", "did you mean 'port'", "api.port", "log.level"):
            assert word in told.stderr, told.stderr


@pytest.mark.parametrize(
    ("url", "cure"),
    [("oracle://x", "sqlite or postgresql"), ("sqlite://", "must name a file"), ("?", "url")],
)
def test_given_an_address_that_is_no_database_then_it_is_a_wrong_config(
    config: Path, url: str, cure: str
) -> None:
    config.write_text(config.read_text() + f'[database]\nurl = "{url}"\n')
    told = store_hub("check-config", "--config", str(config))
    assert told.returncode == 78
    assert cure in told.stderr


@pytest.mark.skipif(find_spec("asyncpg") is not None, reason="the driver is here")
def test_given_a_database_whose_driver_is_missing_then_it_is_a_wrong_config(config: Path) -> None:
    config.write_text(config.read_text() + '[database]\nurl = "postgresql://localhost/x"\n')
    told = store_hub("run", "--config", str(config))
    assert told.returncode == 78
    assert "the driver asyncpg is not installed" in told.stderr


def test_the_hub_starts_answers_and_ends_cleanly_when_told(config: Path) -> None:
    told = store_hub("token", "create", "--config", str(config), "--name", "me", "--scope", "read")
    token = told.stdout.strip()
    with running(config) as (daemon, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/stores")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert json.load(answer)["stores"] == []
        daemon.send_signal(signal.SIGTERM)
        assert daemon.wait(timeout=2) == 0


def test_given_the_port_is_taken_then_the_hub_says_so_and_fails(config: Path) -> None:
    with running(config) as (_, port):
        config.write_text(config.read_text().replace("port = 0", f"port = {port}"))
        told = store_hub("run", "--config", str(config))
    assert told.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in told.stderr


def test_given_a_scope_that_does_not_exist_then_no_token_is_made(config: Path) -> None:
    told = store_hub("token", "create", "--config", str(config), "--name", "me", "--scope", "rule")
    assert told.returncode == 1
    assert "choose from read, admin" in told.stderr


def test_a_store_gets_an_account_whose_password_only_we_can_read(config: Path) -> None:
    told = store_hub("store", "add", "367", "--config", str(config))
    path = Path(told.stdout.strip())
    assert path.name == "367.password"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (path.parent / "hub.password").exists()
    again = store_hub("store", "add", "No Such", "--config", str(config))
    assert (again.returncode, "cannot be a store's id" in again.stderr) == (1, True)


async def fill(state_dir: Path) -> None:
    shop = Shop()
    shop.open()
    trade(shop, 9)
    async with open_database(StoreUrl.of("", state_dir=state_dir)) as database:
        await Storage(database, PROJECTIONS).commit([shop.take()], received_ms=1)


async def tamper(state_dir: Path) -> None:
    async with (
        open_database(StoreUrl.of("", state_dir=state_dir)) as database,
        database.writing() as connection,
    ):
        await connection.exec_driver_sql("UPDATE stock_on_hand SET on_hand = on_hand + 1")


async def test_rebuild_proves_every_projection_equal(config: Path) -> None:
    await fill(config.parent / "state")
    told = store_hub("rebuild", "--config", str(config))
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert len(lines) == 1 + sum(len(projection.tables) for projection in PROJECTIONS)
    assert all(line.startswith("equal") for line in lines)


async def test_given_a_figure_was_changed_by_hand_then_rebuild_says_so_and_sets_it_right(
    config: Path,
) -> None:
    await fill(config.parent / "state")
    await tamper(config.parent / "state")
    told = store_hub("rebuild", "--config", str(config))
    assert told.returncode == 1
    (line,) = [line for line in told.stdout.splitlines() if not line.startswith("equal")]
    assert line.split()[:2] == ["different", "stock_on_hand"]
    assert store_hub("rebuild", "--config", str(config)).returncode == 0


def test_given_the_hub_was_killed_then_it_starts_again(config: Path) -> None:
    with running(config) as (daemon, _):
        os.kill(daemon.pid, signal.SIGKILL)
        daemon.wait()
    with running(config) as (daemon, _):
        daemon.send_signal(signal.SIGINT)
        assert daemon.wait(timeout=2) == 0
