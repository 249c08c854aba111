"""Keep something that depends on the outside running: back off, and say each change once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from cext.errors import OutsideError

log = structlog.get_logger(__name__)

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0


class Backoff:
    """Waiting times that double up to a limit, jittered so that a fleet does not march in step."""

    def __init__(
        self, *, first_wait_s: float = FIRST_WAIT_S, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._first_wait_s = first_wait_s
        self._longest_wait_s = longest_wait_s
        self.failures_n = 0

    def next_wait_s(self) -> float:
        """How long to wait after one more failure."""
        wait_s: float = min(self._first_wait_s * 2**self.failures_n, self._longest_wait_s)
        self.failures_n = min(self.failures_n + 1, 30)
        return wait_s * random.uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """Forget the failures: it works again."""
        self.failures_n = 0


async def run_supervised(
    name: str,
    work: Callable[[Callable[[], None]], Awaitable[None]],
    *,
    first_wait_s: float = FIRST_WAIT_S,
    longest_wait_s: float = LONGEST_WAIT_S,
) -> None:
    """Run `work(works)` again and again while it fails with OutsideError; any other error passes.

    `work` calls `works()` once it is up, which ends the outage. An outage is logged when it begins
    and when it ends, never in between. Returns when `work` returns.
    """
    backoff = Backoff(first_wait_s=first_wait_s, longest_wait_s=longest_wait_s)

    def works() -> None:
        if backoff.failures_n:
            log.info("outage_ended", part=name, failures_n=backoff.failures_n)
        backoff.reset()

    while True:
        try:
            await work(works)
        except OutsideError as exc:
            if not backoff.failures_n:
                log.warning("outage_began", part=name, code=exc.code, detail=exc.detail)
            await asyncio.sleep(backoff.next_wait_s())
        else:
            return


def keep_running(
    group: asyncio.TaskGroup,
    name: str,
    work: Callable[[Callable[[], None]], Awaitable[None]],
    *,
    first_wait_s: float = FIRST_WAIT_S,
    longest_wait_s: float = LONGEST_WAIT_S,
) -> asyncio.Task[None]:
    """`run_supervised` as a task of `group`, so that an error of ours ends the whole daemon."""
    return group.create_task(
        run_supervised(name, work, first_wait_s=first_wait_s, longest_wait_s=longest_wait_s),
        name=name,
    )
