"""The build: the engine's list, modules nobody uses, migrations, lonely imports."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from time import monotonic, sleep

from edge.devices import KINDS
from tests.tidy.house import (
    HOME,
    PACKAGES,
    assigned,
    code_files,
    engine_files,
    find_files,
    imports_of,
    name_of,
    parse,
    read,
    report,
)

CHECKSUMS = HOME / "tests" / "tidy" / "migrations.sha256"
WAIT_S = 180
END_WAIT_S = 10
MIGRATIONS = ("edge/**.sql", "hub/store/migrations/versions/*.py")

# Imports each of our modules alone, in a child that has nothing of ours yet. The libraries (first
# argument) are loaded before the fork, so that a child costs milliseconds.
LONE_IMPORTS = """
import importlib, os, sys, threading, traceback
for library in sys.argv[1].split():
    try:
        importlib.import_module(library)
    except ImportError:
        pass
must_be_new = [name for name in sys.modules if name.split(".")[0] in ("cext", "edge", "hub")]
failed = bool(must_be_new)
for name in sys.argv[2:]:
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(name)
            code = 0
            if threading.active_count() > 1:
                sys.stderr.write(f"{name}: starts a thread when imported\\n")
                code = 1
        except BaseException:
            sys.stderr.write(f"{name}: {traceback.format_exc(limit=-1)}\\n")
            code = 1
        os._exit(code)
    failed |= os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""


def test_setup_lists_exactly_the_sources_of_the_engine() -> None:
    listed = assigned(HOME / "setup.py", "ENGINE")
    assert listed is not None
    there = (path.relative_to(HOME / "cext" / "engine") for path in engine_files())
    assert sorted(ast.literal_eval(listed)) == sorted(str(path.with_suffix("")) for path in there)


def test_every_compiled_module_has_its_interface_file() -> None:
    breaches = [
        f"{path.relative_to(HOME)} has no .pyi"
        for path in engine_files()
        if not path.with_suffix(".pyi").is_file()
    ]
    report(breaches, "Write the .pyi for people, editors and mypy.")


def test_no_module_is_dead() -> None:
    scripts = tomllib.loads(read(HOME / "pyproject.toml"))["project"]["scripts"].values()
    alive = {target.partition(":")[0] for target in scripts}
    alive |= {f"edge.sim.{kind}" for kind in KINDS}  # a driver's row keeps its simulator
    for path in code_files():
        alive |= {found.imported for found in imports_of(path) if found.imported != name_of(path)}
        texts = [n.value for n in ast.walk(parse(path)) if isinstance(n, ast.Constant)]
        alive |= {text for text in texts if isinstance(text, str)}
    for path in engine_files():
        alive |= set(re.findall(r"^\s*(?:from|c?import) ([\w.]+)", read(path), re.MULTILINE))
    breaches = []
    for path in code_files():
        name = name_of(path)
        entry = path.name == "__main__.py" or "migrations" in path.parts
        package_in_use = path.name == "__init__.py" and any(
            live.startswith(name + ".") for live in alive
        )
        if name not in alive and not entry and not package_in_use:
            breaches.append(str(path.relative_to(HOME)))
    report(breaches, "Nobody imports it: use it or delete it. Tests alone do not keep it alive.")


def migrations() -> list[Path]:
    return find_files(*MIGRATIONS)


def test_migrations_are_numbered_without_gaps() -> None:
    breaches = []
    folders = sorted({path.parent for path in migrations()})
    for folder in folders:
        files = [path for path in migrations() if path.parent == folder]
        numbers = [
            int(match.group()) if (match := re.match(r"\d+", path.name)) else 0
            for path in files
            if path.name != "__init__.py"
        ]
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            breaches.append(f"{folder.relative_to(HOME)}: {sorted(numbers)}")
    report(breaches, "Number them 0001, 0002, ... in the order they run.")


def test_a_released_migration_never_changes() -> None:
    listed = dict(reversed(line.split("  ", 1)) for line in read(CHECKSUMS).splitlines())
    files = [path for path in migrations() if path.name != "__init__.py"]
    real = {
        path.relative_to(HOME).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    breaches = [f"{name}: changed or gone" for name in listed if real.get(name) != listed[name]]
    breaches += [f"{name}: not listed" for name in real if name not in listed]
    report(
        breaches,
        "Write a new migration instead. A new one is added by: "
        f"sha256sum {' '.join(sorted(real))} > {CHECKSUMS.relative_to(HOME)}",
    )


def test_every_module_imports_alone_in_a_fresh_interpreter(tmp_path: Path) -> None:
    names = [name_of(path) for path in code_files() if "migrations" not in path.parts]
    names = [name for name in names if not name.endswith("__main__")]
    imported = {found.imported for path in code_files() for found in imports_of(path)}
    libraries = sorted(name for name in imported if name.partition(".")[0] not in PACKAGES)
    assert {name.partition(".")[0] for name in names} == set(PACKAGES)
    done = subprocess.run(
        [sys.executable, "-c", LONE_IMPORTS, " ".join(libraries), *names],
        cwd=HOME,
        env={**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)},  # compiled once for all forks
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, f"\n{done.stderr}\nBreak the circle; do no work at import."


def test_a_package_holds_what_the_tree_holds_and_nothing_of_yesterday(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    (lib / "edge").mkdir(parents=True)
    (lib / "edge" / "deleted_since.py").touch()
    egg_info = ["egg_info", "--egg-base", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", *egg_info, "build_py", "--build-lib", str(lib)],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )
    assert done.returncode == 0, done.stderr

    packed = {str(path.relative_to(lib)) for path in lib.rglob("*") if path.is_file()}
    ours = find_files(*PACKAGES)
    ours += [path for package in PACKAGES for path in (HOME / package).glob("api/pages/**/*")]
    wanted = {str(path.relative_to(HOME)) for path in ours if path.is_file()}
    of_the_tree_only = {name for name in wanted - packed if name.startswith("cext/")}
    assert {Path(name).suffix for name in of_the_tree_only} == {".pyx", ".md"}
    assert packed == wanted - of_the_tree_only


# Stands for a Python whose virtual environment never gets done.
SLOW_PYTHON = """#!/bin/sh
case $1 in
    -c) echo /usr/include/stdio.h ;;
    -m) sleep 300 & echo $! >sleeper; wait ;;
esac
"""


def test_ctrl_c_while_something_is_installed_ends_that_too(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(HOME / ".ci" / "prepare", tmp_path / ".ci")
    python = tmp_path / "python"
    python.write_text(SLOW_PYTHON)
    python.chmod(0o755)
    prepare = subprocess.Popen(
        [".ci/prepare", "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": str(python)},
        stdout=subprocess.DEVNULL,
        process_group=0,
    )
    sleeper = tmp_path / "sleeper"
    until = monotonic() + WAIT_S
    while not (sleeper.is_file() and sleeper.read_text().strip()):
        assert prepare.poll() is None
        assert monotonic() < until
        sleep(0.02)

    os.killpg(prepare.pid, signal.SIGINT)

    assert prepare.wait(END_WAIT_S) == 130
    until = monotonic() + END_WAIT_S
    while Path(f"/proc/{sleeper.read_text().strip()}").exists():
        assert monotonic() < until
        sleep(0.02)


def test_pages_are_built_in_a_folder_with_a_space_in_its_name(tmp_path: Path) -> None:
    web = tmp_path / "my shop" / "web"
    ignored = shutil.ignore_patterns("node_modules", "pictures")
    shutil.copytree(HOME / "web", web, ignore=ignored)
    (web / "node_modules").symlink_to(HOME / "web" / "node_modules")
    done = subprocess.run(
        ["node_modules/.bin/vite", "build", "--config", "box/vite.config.ts"],
        cwd=web,
        env={**os.environ, "PATH": f"{HOME}/.venv/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
    )

    assert done.returncode == 0, done.stderr
    assert (web.parent / "edge" / "api" / "pages" / "index.html").is_file()
