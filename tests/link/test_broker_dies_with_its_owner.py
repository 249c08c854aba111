"""No broker is left behind, however its owner ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.link.real_broker import RealBroker

OWNER = """
import asyncio, sys
from pathlib import Path
from hub.link.broker import run_broker

directory = Path(sys.argv[1])

def works():
    sys.stdout.write("PID " + (directory / "mosquitto.pid").read_text())
    sys.stdout.flush()

asyncio.run(run_broker(directory, works))
"""


def read_pid(lines: IO[str]) -> int:
    """The pid the owner tells among its log lines."""
    return next(int(line.split()[1]) for line in lines if line.startswith("PID "))


def test_a_killed_owner_takes_its_broker_along(broker: RealBroker) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(broker.directory)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as owner:
        assert owner.stdout is not None
        child = os.pidfd_open(read_pid(owner.stdout))
        try:
            os.kill(owner.pid, signal.SIGKILL)
            ended, _, _ = select.select([child], [], [], 10)
        finally:
            os.close(child)
    assert ended


def test_no_secret_is_on_a_command_line(broker: RealBroker) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(broker.directory)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as owner:
        assert owner.stdout is not None
        pid = read_pid(owner.stdout)
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        owner.kill()
    assert b"mosquitto.conf" in words
    for path in broker.passwords.values():
        assert path.read_bytes().strip() not in words
