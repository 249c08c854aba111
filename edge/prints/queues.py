"""What waits for paper: a queue for each printer, and which queue a printer may also serve."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edge.prints.job import PrintJob


@dataclass(eq=False)
class Waiting:
    """A job that has not come out. `order` decides who is next; a copy takes its original's.

    `fallback` is the printer that may take it over. `taken` while a printer works on it, `held`
    once its maker knows that its printer cannot work.
    """

    job: PrintJob
    order: int
    fallback: str = ""
    taken: bool = False
    held: bool = False

    def __lt__(self, other: Waiting) -> bool:
        return self.order < other.order


@dataclass
class Bench:
    """One printer's place: its queue, and since when it cannot work (None: it can).

    `seen` once it could work in this run. `over` while others may take its jobs. `changed` is set
    whenever its worker should look again.
    """

    name: str
    queue: list[Waiting] = field(default_factory=list)
    down_since_ns: int | None = None
    seen: bool = False
    over: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def first(self, server: str) -> Waiting | None:
        """The next job of this queue that the printer `server` may print."""
        for waiting in self.queue:
            if not waiting.taken and server in (self.name, waiting.fallback):
                return waiting
        return None


class Queues:
    """All benches by the name of their printer."""

    def __init__(self, names: Iterable[str]) -> None:
        self._benches = {name: Bench(name) for name in names}
        self._by_id: dict[str, Waiting] = {}
        self._order = 0

    def __contains__(self, name: str) -> bool:
        return name in self._benches

    def __iter__(self) -> Iterator[Bench]:
        return iter(self._benches.values())

    def get(self, name: str) -> Bench:
        """The bench of a printer that is in the settings."""
        return self._benches[name]

    def jobs(self) -> list[PrintJob]:
        """Every job that waits, in the order of each printer."""
        return [waiting.job for bench in self for waiting in bench.queue]

    def find(self, job_id: str) -> Waiting | None:
        """The waiting job with this id."""
        return self._by_id.get(job_id)

    def of_subject(self, subject: str) -> list[PrintJob]:
        """The waiting jobs of one subject."""
        return [one.job for one in self._by_id.values() if one.job.subject == subject]

    def add(self, job: PrintJob, *, fallback: str, order: int | None = None) -> Waiting:
        """Queue a job at its wanted printer, last unless its `order` is given."""
        if order is None:
            self._order += 1
            order = self._order
        waiting = Waiting(job, order, fallback=fallback)
        insort(self._benches[job.wanted].queue, waiting)
        self._by_id[job.id] = waiting
        self.wake(job.wanted)
        return waiting

    def remove(self, waiting: Waiting) -> None:
        """Take a job out."""
        self._benches[waiting.job.wanted].queue.remove(waiting)
        del self._by_id[waiting.job.id]

    def next_for(self, name: str) -> Waiting | None:
        """What the printer `name` prints next: its own, else what has waited longest elsewhere.

        So that its own lane does not wait behind a dead printer either.
        """
        own = self._benches[name].first(name)
        if own is not None:
            return own
        heads = [bench.first(name) for bench in self if bench.over]
        return min((head for head in heads if head is not None), default=None)

    def wake(self, name: str) -> None:
        """Let the worker of `name` look again, and those that serve its queue now."""
        bench = self._benches[name]
        bench.changed.set()
        if bench.over:
            for fallback in {waiting.fallback for waiting in bench.queue} & set(self._benches):
                self._benches[fallback].changed.set()
