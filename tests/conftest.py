"""What every test gets: an event loop that may never wait for a disk, a cable or a lock."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction

import pytest
from blockbuster import blockbuster_ctx

# Calls made from here must not block the loop. A test itself may read a file it has just made.
WATCHED = ["cext", "edge", "hub"]


@pytest.fixture(autouse=True)
def no_blocking_calls(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an async test whose code under test calls something that blocks on the loop."""
    test = getattr(request.node, "obj", None)
    if not iscoroutinefunction(test):
        yield
        return
    with blockbuster_ctx(WATCHED):
        yield
