"""The parts that the tests of the line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.link.real_broker import RealBroker


@pytest.fixture
def broker(tmp_path: Path) -> RealBroker:
    prepared = RealBroker(tmp_path / "broker")
    prepared.add("367")
    prepared.add("368")
    return prepared
