"""What runs per line and per movement is plain C: Cython's annotation shows no yellow there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).parents[2] / "cext" / "engine"
LINE = re.compile(
    r'<pre class="cython line score-(\d+)"[^>]*>.*?<span class="">\d+</span>: (.*?)</pre>'
)
TAG = re.compile(r"<[^>]+>")
# Running out of memory is the one thing a loop without the GIL may have to say to Python.
ALLOWED = {"with gil:", "raise MemoryError"}


def _annotate(name: str, folder: Path) -> list[tuple[int, str]]:
    """(yellowness, source text) of every line of one compiled module."""
    (found,) = ENGINE.glob(f"**/{name}.pyx")
    source = folder / found.name
    for path in found.parent.glob(f"{name}.p*"):
        shutil.copy(path, folder / path.name)
    command = [sys.executable, "-m", "cython", "-a", "-3", "-X", "overflowcheck=True"]
    subprocess.run(
        [*command, "-I", str(ENGINE.parents[1]), str(source)], check=True, capture_output=True
    )
    html = source.with_suffix(".html").read_text()
    return [(int(score), TAG.sub("", text)) for score, text in LINE.findall(html)]


@pytest.mark.parametrize(
    ("name", "functions_n"),
    [
        ("rounding", 8),
        ("digits", 9),
        ("lookup", 1),
        ("lint", 18),
        ("identifiers", 8),
        ("gs1", 13),
        ("sheet", 12),
        ("parts", 8),
        ("opening", 15),
        ("gifts", 1),
        ("tiers", 7),
        ("uses", 9),
        ("posing", 14),
        ("lone", 9),
        ("deals", 10),
        ("passes", 8),
        ("plain", 15),
        ("batch", 5),
        ("priced", 1),
        ("alone", 16),
        ("board", 21),
        ("dual", 16),
        ("walk", 16),
        ("search", 13),
        ("accounts", 4),
        ("costing", 7),
        ("posting", 16),
        ("tail_work", 18),
        ("tail_due", 9),
        ("tail_record", 11),
        ("tail", 13),
    ],
)
def test_no_function_without_the_gil_touches_python(
    name: str, functions_n: int, tmp_path: Path
) -> None:
    yellow, found_n, depth = [], 0, None
    for score, text in _annotate(name, tmp_path):
        indent = len(text) - len(text.lstrip())
        if (
            depth is not None
            and text.strip()
            and indent <= depth
            and not text.lstrip().startswith(")")
        ):
            depth = None
        if text.rstrip().endswith("nogil:") and not text.lstrip().startswith("with"):
            found_n, depth = found_n + 1, indent
        elif depth is not None and score and text.strip() not in ALLOWED:
            yellow.append(text)

    assert yellow == []
    assert found_n == functions_n
