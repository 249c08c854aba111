"""Child processes that never outlive us, with a log file each."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from cext.errors import OutsideError

STOP_WAIT_S = 12.0
COMMAND_WAIT_S = 60.0
TAIL_LINES_N = 15
_PR_SET_PDEATHSIG = 1


def _with_parent(parent: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def before_exec() -> None:
        # The kernel sends this when the parent dies in any way, kill -9 included.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def free_port(preferred: int = 0) -> int:
    """A free TCP port on the loopback: `preferred` where nobody has it."""
    for wanted in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", wanted))
                return int(probe.getsockname()[1])
    raise OutsideError("ports_gone", "no free TCP port on the loopback")


class Children:
    """The daemons of one run, stopped in the reverse order of their start."""

    def __init__(self, log_dir: Path) -> None:
        self._log_dir = log_dir
        self._running: list[tuple[str, asyncio.subprocess.Process]] = []

    async def start(self, name: str, *argv: str) -> None:
        """Start `argv`; what it says goes to `name`.log."""
        log_file = await asyncio.to_thread(self._log_path(name).open, "ab")
        try:
            # A group of its own: Ctrl-C reaches us alone, and we stop the daemons in order.
            child = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                process_group=0,
                preexec_fn=_with_parent(os.getpid()),
            )
        finally:
            log_file.close()
        self._running.append((name, child))

    def watch(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Fail `group` with OutsideError as soon as a daemon ends that nobody stopped.

        Cancel the tasks given back before stopping the daemons.
        """
        return [
            group.create_task(self._watch(name, child), name=f"watch {name}")
            for name, child in self._running
        ]

    async def _watch(self, name: str, child: asyncio.subprocess.Process) -> None:
        await child.wait()
        raise await self._ended(name, child)

    async def check(self) -> None:
        """Raise OutsideError when a daemon has ended that nobody stopped."""
        for name, child in self._running:
            if child.returncode is not None:
                raise await self._ended(name, child)

    async def _ended(self, name: str, child: asyncio.subprocess.Process) -> OutsideError:
        said = await asyncio.to_thread(self.tail, name)
        return OutsideError("daemon_ended", f"{name} ended ({child.returncode}):\n{said}")

    def tail(self, name: str) -> str:
        """The last lines of a daemon's log."""
        try:
            text = self._log_path(name).read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-TAIL_LINES_N:])

    async def stop(self) -> None:
        """Ask every daemon to end, the last started first; kill what does not within a limit."""
        for _, child in reversed(self._running):
            if child.returncode is not None:
                continue
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                async with asyncio.timeout(STOP_WAIT_S):
                    await child.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        self._running.clear()

    def _log_path(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"


async def run_command(*argv: str) -> str:
    """Run a command to its end; its output. OutsideError with its words when it fails."""
    child = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_with_parent(os.getpid()),
    )
    async with asyncio.timeout(COMMAND_WAIT_S):
        out, err = await child.communicate()
    if child.returncode != 0:
        said = err.decode(errors="replace").strip() or out.decode(errors="replace").strip()
        raise OutsideError("command_failed", f"{' '.join(argv)}: {child.returncode}: {said}")
    return out.decode()
