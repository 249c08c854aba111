"""Calls that are banned, each with its cure."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.tidy.house import (
    HOME,
    at,
    code_files,
    engine_files,
    imports_of,
    name_of,
    parse,
    python_files,
    read,
    report,
    walk_calls,
)

# Where tasks may be started: the roots, the supervisor, and the programs above them.
TASK_OWNERS = ("edge/app.py", "hub/app.py", "cext/kit/supervise.py")
PURE = ("cext/lang/", "cext/engine/")


class Ban(NamedTuple):
    """`finds` yields the lines of one file that break the rule `name`."""

    name: str
    cure: str
    files: Callable[[], Iterable[Path]]
    finds: Callable[[Path], Iterable[ast.AST]]


def rel(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


def pure_files() -> list[Path]:
    return [path for path in code_files() if rel(path).startswith(PURE)]


def suite_files() -> list[Path]:
    return [path for path in python_files() if rel(path).startswith("tests/")]


def shop_and_tests() -> list[Path]:
    return [*code_files(), *suite_files()]


def calls(*names: str) -> Callable[[Path], Iterable[ast.AST]]:
    """Calls whose dotted name, or its end, is one of `names`."""
    return lambda path: [
        call
        for call, name in walk_calls(parse(path))
        if any(name == banned or name.endswith(f".{banned}") for banned in names)
    ]


def zoneless_now(path: Path) -> list[ast.AST]:
    ends = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    return [call for call in calls(*ends)(path) if not getattr(call, "args", None)]


def clock_reads(path: Path) -> list[ast.AST]:
    if rel(path) == "cext/kit/clock.py":
        return []
    return list(calls("time.time", "time.time_ns")(path))


def floats(path: Path) -> list[ast.AST]:
    return [
        node
        for node in ast.walk(parse(path))
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "float"
        )
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]


def divisions(path: Path) -> list[ast.AST]:
    nodes = [n for n in ast.walk(parse(path)) if isinstance(n, ast.BinOp | ast.AugAssign)]
    return [node for node in nodes if isinstance(node.op, ast.Div)]


def loose_tasks(path: Path) -> list[ast.AST]:
    if rel(path) in TASK_OWNERS:
        return []
    found = calls("asyncio.create_task", "ensure_future", "loop.create_task")(path)
    return list(found)


def bare_excepts(path: Path) -> list[ast.AST]:
    handlers = [n for n in ast.walk(parse(path)) if isinstance(n, ast.ExceptHandler)]
    return [handler for handler in handlers if handler.type is None]


def wide_excepts(path: Path) -> list[ast.AST]:
    """`except Exception` that neither raises nor says in a `# keeps:` line what it keeps alive."""
    lines = read(path).splitlines()
    found = []
    for node in ast.walk(parse(path)):
        if not isinstance(node, ast.ExceptHandler) or node.type is None:
            continue
        wide = {"Exception", "BaseException"} & {
            name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)
        }
        body = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        if wide and not raises and "# keeps:" not in body:
            found.append(node)
    return found


def written_sql(path: Path) -> list[ast.AST]:
    ends = ("execute", "executemany", "executescript", "execute_fetchall")
    return [
        call
        for call, name in walk_calls(parse(path))
        if name.rpartition(".")[2] in ends and call.args and isinstance(call.args[0], ast.JoinedStr)
    ]


def waiting_sleeps(path: Path) -> list[ast.AST]:
    """`asyncio.sleep` that hopes; looking again and again inside a timeout is a condition."""
    allowed: set[ast.AST] = set()
    for block in ast.walk(parse(path)):
        if isinstance(block, ast.AsyncWith) and any(
            name == "asyncio.timeout" for item in block.items for _, name in walk_calls(item)
        ):
            loops = [node for node in ast.walk(block) if isinstance(node, ast.While)]
            allowed |= {
                call
                for loop in loops
                if not isinstance(loop.test, ast.Constant)
                for call, _ in walk_calls(loop)
            }
    lines = read(path).splitlines()
    return [
        call
        for call in calls("asyncio.sleep")(path)
        if call not in allowed
        and "# schedule:" not in lines[getattr(call, "lineno", 1) - 1]  # a fault's own timing
        and not (isinstance(call, ast.Call) and call.args and is_zero(call.args[0]))
    ]


def is_zero(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def prints(path: Path) -> list[ast.AST]:
    """The built-in; `console.print` of rich is output on purpose."""
    return [call for call, name in walk_calls(parse(path)) if name == "print"]


def mocks(path: Path) -> list[ast.AST]:
    """Doubles and patches; `monkeypatch.setenv` only dresses the process and is none."""
    lines = [found.line for found in imports_of(path) if "mock" in found.imported.split(".")]
    patched = calls("monkeypatch.setattr", "monkeypatch.setitem", "mocker.patch")(path)
    return [*(ast.Pass(lineno=line) for line in lines), *patched]


BANS = (
    Ban(
        "datetime.now() without a zone",
        "Take a Clock from cext.kit.clock, or pass a zone.",
        python_files,
        zoneless_now,
    ),
    Ban("time.time", "Take a Clock from cext.kit.clock.", code_files, clock_reads),
    Ban("float", "Amounts are integers; no float may touch money.", pure_files, floats),
    Ban(
        "division",
        "Divide in cext.engine.rounding, with the rounding named.",
        pure_files,
        divisions,
    ),
    Ban(
        "a task nobody owns",
        "Take an asyncio.TaskGroup and start the task in it; app.py owns the groups.",
        code_files,
        loose_tasks,
    ),
    Ban("bare except", "Name what you catch.", python_files, bare_excepts),
    Ban(
        "except Exception",
        "Raise again, or say what stays alive in a line `# keeps: ...`.",
        code_files,
        wide_excepts,
    ),
    Ban("print", "Log an event, or write to sys.stdout on purpose.", code_files, prints),
    Ban(
        "time.sleep",
        "Wait for a condition, with asyncio.timeout.",
        shop_and_tests,  # bench may: an idle second is what it measures
        calls("time.sleep"),
    ),
    Ban(
        "an f-string in .execute(",
        "Queries are upper-case constants with named parameters.",
        python_files,
        written_sql,
    ),
    Ban(
        "asyncio.sleep in a test",
        "Wait on an event or a condition inside asyncio.timeout; a fault's own timing says so in "
        "a comment `# schedule: ...`.",
        suite_files,
        waiting_sleeps,
    ),
    Ban("mocks", "Use the real part, or a simulator that speaks bytes.", suite_files, mocks),
)


@pytest.mark.parametrize("ban", BANS, ids=[ban.name for ban in BANS])
def test_nobody_calls_what_is_banned(ban: Ban) -> None:
    breaches = [at(path, node) for path in ban.files() for node in ban.finds(path)]
    report(breaches, f"{ban.name} is banned. {ban.cure}")


def test_the_compiled_engine_knows_no_float_and_divides_only_where_it_rounds() -> None:
    breaches = []
    for path in engine_files():
        for number, line in enumerate(read(path).splitlines(), 1):
            code = re.sub(r'"[^"]*"', '""', line).split("#")[0]
            if re.search(r"\bfloat\b|\bdouble\b", code):
                breaches.append(f"{at(path, number)}: {line.strip()}")
            if re.search(r"[^/]/[^/=]", code) and name_of(path) != "cext.engine.rounding":
                breaches.append(f"{at(path, number)}: {line.strip()}")
    report(breaches, "Integers only; division lives in cext/engine/rounding.pyx.")
