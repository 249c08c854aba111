"""The engines of the side-by-side, each in a process of its own that answers questions."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

HERE = Path(__file__).parent
HOME = HERE.parents[1]


class Engine(NamedTuple):
    """`command` starts it; `ours` names which of our engines it is asked to be."""

    name: str
    title: str
    command: tuple[str, ...]
    ours: str = ""


OURS = (sys.executable, "-m", "bench.pricing_runner")
PEERS = (
    Engine("medusa", "Medusa, compute-actions", ("node", str(HERE / "medusa.js"))),
    Engine("vendure", "Vendure, OrderCalculator", ("node", str(HERE / "vendure.js"))),
    Engine(
        "oscar",
        "django-oscar, tuned: 0 queries",
        (str(HERE / ".venv/bin/python"), str(HERE / "oscar_runner.py")),
    ),
)
PLAIN = Engine("plain", "plain Python with an index", OURS, ours="plain")
ENGINES = (
    Engine("bulk", "Storeline, `price_many`: all baskets in one call", OURS, ours="bulk"),
    Engine("price", "Storeline, `price`: everything held flat", OURS, ours="price"),
    Engine("quote", "Storeline, `quote`: everything as structs", OURS, ours="quote"),
    PLAIN,
    *PEERS,
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` of the baskets from number `first` on (around the end), `ns` a basket and round."""

    first: int
    totals: list[float]
    ns: list[int]


class Runner:
    """A started engine. It sleeps while another one is asked."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.versions: dict[str, str] = {}
        self._process = subprocess.Popen(
            engine.command, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def load(self, world: Path) -> None:
        """Give it the offers and baskets of a world; nothing of this is timed."""
        answer = self._ask({"do": "load", "engine": self.engine.ours, "world": str(world)})
        self.versions = answer["versions"]

    def price(self, lines: str, *, first: int, most_s: float, times_n: int = 100) -> Answer:
        """Price the baskets of `lines` lines, the first of them number `first`."""
        question = {"do": "price", "lines": lines, "first": first, "most_s": most_s}
        return msgspec.convert(self._ask({**question, "times_n": times_n}), Answer)

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, question: dict[str, Any]) -> Any:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        line = b""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(question) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.engine.name} ended with code {process.wait()}; see above")
        return msgspec.json.decode(line)
