"""A large price book in the box: the memory it adds to the bare daemon, and how soon it prices."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import msgspec

from bench.figure import Figure, figure, percentile
from bench.pricing_book import make_book
from bench.pricing_world import make_world
from bench.process import resident_mb
from bench.stage import STORE, daemons
from cext.engine import Codes, Pricer, decode_book, encode_book

ITEMS_N = 100_000
OFFERS_N = 2_000
ROUNDS_N = 5
SETTLE_S = 3.0


def measure() -> list[Figure]:
    """Memory of a box with 100,000 items and 2,000 offers over one without any; time to compile."""
    world = make_world(items_n=ITEMS_N, offers_n=OFFERS_N, lines_n=(), baskets_n=0)
    raw = encode_book(msgspec.structs.replace(make_book(world), store=STORE, currency="CNY"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = folder / "book.json"
        book.write_bytes(raw)
        bare_mb = _resident_mb(folder / "bare", None)
        full_mb = _resident_mb(folder / "full", book)
    return [
        figure("book_resident", full_mb - bare_mb, "MB", goal=("<=", 30)),
        figure("book_compile", _compile_s(raw), "s", goal=("<=", 2)),
    ]


def _resident_mb(folder: Path, book: Path | None) -> float:
    """Of a box that starts with the book it took in before, as every box but a new one does."""
    folder.mkdir()
    with daemons(folder) as stage:
        stage.add_store(price_book=book)
        stage.start_broker()
        stage.start_edge()
        stage.stop_last()
        pid = stage.start_edge()
        time.sleep(SETTLE_S)
        return resident_mb(pid)


def _compile_s(raw: bytes) -> float:
    """From a book read to one that prices and reads codes; the median of some rounds."""
    took_s = []
    for _ in range(ROUNDS_N):
        book = decode_book(raw)
        began_s = time.perf_counter()
        Pricer(book)
        Codes(book)
        took_s.append(time.perf_counter() - began_s)
    return percentile(took_s, 0.5)
