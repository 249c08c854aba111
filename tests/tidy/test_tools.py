"""The linter, the formatter and the type checker, so that `pytest` is the only command to know."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tidy.house import HOME

WAIT_S = 240
TOOLS = {
    "ruff check": ["ruff", "check", "--quiet", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "mypy": ["mypy"],
}


@pytest.mark.parametrize("name", TOOLS)
def test_the_tool_has_nothing_to_say(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *TOOLS[name]],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}\n`make lint` shows all of it."


def test_every_rule_that_is_off_has_its_reason() -> None:
    text = (HOME / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("\nignore = [")[2].partition("\n]")[0]
    assert block
    silent = [line for line in block.splitlines() if line.strip() and "#" not in line]
    assert not silent, f"Say why each of these is off: {silent}"
