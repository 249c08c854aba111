"""Runs `keyboard_scenes.py` inside umockdev: the driver over the real python-evdev."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2]
WRAPPER = shutil.which("umockdev-wrapper")
LIMIT_S = 120


@pytest.mark.skipif(WRAPPER is None, reason="umockdev is not installed (apt-get install umockdev)")
def test_every_scene_plays_on_event_nodes_made_by_umockdev(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    scenes = str(Path(__file__).with_name("keyboard_scenes.py"))
    played = subprocess.run(
        [str(WRAPPER), *words, f"--basetemp={tmp_path / 'scenes'}", scenes],
        cwd=HOME,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )

    assert played.returncode == 0, played.stdout[-6_000:] + played.stderr[-2_000:]
    assert "skipped" not in played.stdout.splitlines()[-1]
