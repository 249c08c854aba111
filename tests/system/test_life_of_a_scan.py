"""The README's life of a scan is what really runs."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

from coverage import CoverageData

from edge.sim.serial_scanner import SimScanner
from edge.sim.week.measure import How
from edge.sim.week.stage import LANE, edge_settings, toml
from tests.faults.rig import Clerk, Rig, open_rig

HOME = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:cext|edge|hub)/[\w/]+\.pyx?)` `([\w.]+)`")
COVERAGE_RC = "[run]\nparallel = true\nsigterm = true\nsource = {home}\ndata_file = {data}\n"


def named_functions() -> list[tuple[str, str]]:
    section = (HOME / "README.md").read_text("utf-8").partition("## The life of one scan")[2]
    return NAMED.findall(section.partition("\n## ")[0])


def body_lines(path: Path, name: str) -> range:
    """The lines of the body of `Class.method` or `function`, without its docstring."""
    nodes: list[ast.stmt] = ast.parse(path.read_text("utf-8")).body
    found: ast.stmt | None = None
    for part in name.split("."):
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        found = next(node for node in nodes if isinstance(node, kinds) and node.name == part)
        nodes = found.body
    assert found is not None
    first = nodes[1] if isinstance(nodes[0], ast.Expr) and len(nodes) > 1 else nodes[0]
    assert found.end_lineno is not None
    return range(first.lineno, found.end_lineno + 1)


class WatchedRig(Rig):
    """A rig whose daemons note every line they run."""

    def argv(self, name: str) -> tuple[str, ...]:
        rc = self.folder.root / "coverage.rc"
        rc.write_text(COVERAGE_RC.format(home=HOME, data=self.folder.root / "lines"))
        python, *rest = super().argv(name)
        return (python, "-m", "coverage", "run", f"--rcfile={rc}", *rest)


async def one_scan_one_sale(rig: Rig, scanner: SimScanner, code: str) -> None:
    """Scan `code` by the serial scanner, pay it, close."""
    assert rig.edge is not None
    lane = f"/v1/lanes/{LANE}"
    async with asyncio.timeout(30):
        while not all(one["state"] == "ready" for one in (await devices(rig))):
            await asyncio.sleep(0.02)
        await scanner.type(code)
        while not (seen := await rig.edge.get(lane))["lines"]:
            await asyncio.sleep(0.02)
    body = {"kind": "cash", "amount_minor": seen["due_minor"]}
    await rig.edge.call("POST", f"{lane}/tenders", body=body)
    await rig.edge.call("POST", f"{lane}/close")


async def devices(rig: Rig) -> list[Mapping[str, str]]:
    assert rig.edge is not None
    found: list[Mapping[str, str]] = (await rig.edge.get("/v1/devices"))["devices"]
    return found


async def run_the_scan(root: Path) -> CoverageData:
    async with open_rig(root, kind=WatchedRig) as rig, SimScanner(root / "scanner1") as scanner:
        settings = edge_settings(
            rig.programme.store,
            rig.folder,
            rig.ports,
            password_file=rig.password_file,
            devices={
                "scanner1": {"kind": "serial_scanner", "port": scanner.path},
                "printer1": {
                    "kind": "escpos_tcp_printer",
                    "host": rig.printer.host,
                    "port": rig.printer.port,
                },
            },
        )
        lanes = [{"id": LANE, "scanner": "scanner1", "printer": "printer1"}]
        rig.folder.edge_config.write_text(toml({**settings, "clock": {}, "lanes": lanes}))
        await rig.start("broker", "hub", "edge")
        await rig.wait_edge()
        await Clerk(rig).open()
        rings = [ring for basket in rig.programme.baskets for ring in basket.rings]
        code = next(ring.code for ring in rings if ring.how is How.PIECE)
        await one_scan_one_sale(rig, scanner, code)
        await rig.wait_printed()
        await rig.wait_arrived()
        assert rig.hub is not None
        takings = await rig.hub.get("/v1/takings?by=day")
        assert [row["sales_n"] for row in takings["rows"]] == [1]
    data = CoverageData(str(root / "lines"))
    data.read()
    for part in root.glob("lines.*"):
        more = CoverageData(str(part))
        more.read()
        data.update(more)
    return data


async def test_given_one_scan_then_every_function_the_readme_names_ran(tmp_path: Path) -> None:
    names = named_functions()
    data = await run_the_scan(tmp_path / "run")
    for path, name in names:
        if path.endswith(".pyx"):
            source = (HOME / path).read_text("utf-8")
            kind, _, method = name.partition(".")
            assert re.search(rf"^cdef class {kind}\b", source, re.MULTILINE), (path, name)
            assert re.search(rf"^    def {method}\(", source, re.MULTILINE), (path, name)
            continue
        ran = set(data.lines(str(HOME / path)) or ())
        assert ran & set(body_lines(HOME / path, name)), f"{path} {name} did not run"
    assert len(names) >= 14
