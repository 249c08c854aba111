"""The detector of tests/conftest.py is awake: our own code may not block the loop of a test."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from blockbuster import BlockingError

from cext.kit.settings import load_settings


async def test_reading_a_file_on_the_loop_is_caught(tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_text("", "utf-8")  # the test itself may

    with pytest.raises(BlockingError):
        load_settings(path, msgspec.defstruct("Nothing", []))


def test_reading_a_file_outside_a_loop_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_text("", "utf-8")

    load_settings(path, msgspec.defstruct("Nothing", []))
