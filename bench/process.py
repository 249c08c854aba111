"""What the operating system says of a running daemon."""

from __future__ import annotations

from pathlib import Path


def resident_mb(pid: int) -> float:
    """Resident memory of one process, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} shows no VmRSS")


def cpu_ms(pid: int) -> float:
    """CPU time that a process's present threads have used so far, in milliseconds.

    From schedstat, in nanoseconds: the usual counters tick every 10 ms, more than an idle daemon
    uses in seconds.
    """
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((one / "schedstat").read_text().split()[0]) for one in threads) / 1e6
