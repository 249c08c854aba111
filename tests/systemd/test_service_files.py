"""The service files: systemd understands every line, and little of the machine is within reach."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
UNITS = sorted(path.name for path in SYSTEMD.glob("*.service"))
DROP_INS = sorted(str(path.relative_to(SYSTEMD)) for path in SYSTEMD.glob("*.service.d/*.conf"))
INSTALLED = "/opt/storeline/bin/"
EXPOSURE_MAX = 15  # tenths: 1.5
WAIT_S = 60


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The unit files and their drop-ins, started from where the programs are installed here."""
    folder = tmp_path / "units"
    shutil.copytree(SYSTEMD, folder)
    here = f"{Path(sys.executable).parent}/"
    for path in folder.glob("*.service"):
        path.write_text(path.read_text("utf-8").replace(INSTALLED, here), "utf-8")
    return folder


def test_there_is_a_unit_for_each_program_that_keeps_running() -> None:
    assert UNITS == ["storeline-broker.service", "storeline-edge.service", "storeline-hub.service"]


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_has_nothing_to_say_about_a_unit(units: Path, unit: str) -> None:
    done = run("systemd-analyze", "verify", "--recursive-errors=no", str(units / unit))

    # An unknown key is only a warning with exit code 0, so any word counts.
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_by_one_and_a_half_at_most(units: Path, unit: str) -> None:
    done = run(
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        f"--threshold={EXPOSURE_MAX}",
        str(units / unit),
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"Overall exposure level for \S+: \d\.\d", done.stdout)


@pytest.mark.parametrize("drop_in", DROP_INS)
def test_an_error_in_a_drop_in_would_be_seen(units: Path, drop_in: str) -> None:
    (units / drop_in).open("a").write("NoSuchKey=1\n")

    done = run("systemd-analyze", "verify", str(units / Path(drop_in).parent.stem))

    assert "NoSuchKey" in done.stderr


@pytest.mark.parametrize("daemon", ["edge", "hub"])
def test_a_daemon_tells_systemd_that_it_is_ready_and_alive(daemon: str) -> None:
    text = (SYSTEMD / f"storeline-{daemon}.service").read_text("utf-8")

    assert "\nType=notify\n" in text
    assert "\nWatchdogSec=15\n" in text
    assert "\nRestartPreventExitStatus=78\n" in text


@pytest.mark.parametrize("daemon", ["edge", "hub"])
def test_the_example_settings_name_what_the_unit_provides(daemon: str) -> None:
    unit = f"storeline-{daemon}.service"
    text = (SYSTEMD / unit).read_text("utf-8")
    settings = tomllib.loads((SYSTEMD / f"{daemon}.example.toml").read_text("utf-8"))

    credential = re.search(r"^LoadCredential=([\w-]+):", text, re.M)
    state = re.search(r"^StateDirectory=([\w-]+)$", text, re.M)
    assert credential
    assert state
    line = settings["link" if daemon == "edge" else "broker"]
    assert line["password_file"] == f"/run/credentials/{unit}/{credential.group(1)}"
    assert settings["state_dir"] == f"/var/lib/{state.group(1)}"
