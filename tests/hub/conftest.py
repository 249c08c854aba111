"""A real hub database in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.projections import PROJECTIONS
from hub.store import Database, Storage, StoreUrl, open_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(StoreUrl.of("", state_dir=tmp_path)) as opened:
        yield opened


@pytest.fixture
def storage(database: Database) -> Storage:
    return Storage(database, PROJECTIONS)
