"""Each code block of a README runs, or says that it does not (```sh not run)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tidy.house import HOME, read, readmes

FENCE = re.compile(r"^(\s*)```(.*)$")
DRAWINGS = {"text", "mermaid"}
WAIT_S = 60


class Block(NamedTuple):
    """A fenced block: where it begins, its language line, its text."""

    place: str
    language: str
    text: str


def blocks_of(path: Path) -> list[Block]:
    blocks: list[Block] = []
    lines = iter(enumerate(read(path).splitlines(), 1))
    for number, line in lines:
        if not (opened := FENCE.match(line)):
            continue
        body = []
        for _, inner in lines:
            if FENCE.match(inner):
                break
            body.append(inner.removeprefix(opened.group(1)))
        place = f"{path.relative_to(HOME)}:{number}"
        blocks.append(Block(place, opened.group(2).strip(), "\n".join(body) + "\n"))
    return blocks


BLOCKS = [block for path in readmes() for block in blocks_of(path)]


@pytest.mark.parametrize("block", BLOCKS, ids=[block.place for block in BLOCKS])
def test_the_block_runs_or_says_it_does_not(block: Block, tmp_path: Path) -> None:
    language, _, mark = block.language.partition(" ")
    assert language, f"{block.place}: name the language after the back-ticks (text for a drawing)"
    if "not run" in mark or block.text.startswith("# not run") or language in DRAWINGS:
        return
    if language == "toml":
        tomllib.loads(block.text)
    elif language == "json":
        json.loads(block.text)
    else:
        run_block(block, language, tmp_path)


def run_block(block: Block, language: str, tmp_path: Path) -> None:
    commands = {
        "python": [sys.executable, "-c", block.text],
        "sh": ["bash", "-euo", "pipefail", "-c", block.text],
        "bash": ["bash", "-euo", "pipefail", "-c", block.text],
    }
    assert language in commands, f"{block.place}: cannot run {language}; mark it: not run"
    tools = Path(sys.executable).parent
    done = subprocess.run(
        commands[language],
        cwd=HOME if language != "python" else tmp_path,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(HOME)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, f"{block.place}:\n{done.stdout}{done.stderr}"
