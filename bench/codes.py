"""Scans: from the text of a scanner to an item, and what a GS1 label says."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter_ns

import biip

from bench.figure import Figure, figure
from cext.engine import Codes, with_check_digit
from cext.lang.code import ItemCode, WeighedLabel
from cext.lang.item import Item, PriceBook

ITEMS_N = 100_000
ROUNDS_N = 5
PEER_SCANS_N = 2_000  # of the same strings; a peer's scan takes a hundred times as long
LABELS_N = 20_000
PEER_LABELS_N = 1_000
LOOSE = with_check_digit("9950110153000")


def measure() -> list[Figure]:
    """Time of a scan and of a label against biip, interleaved; memory and build of the tables."""
    codes = [with_check_digit(f"{690_000_000_000 + number * 97}") for number in range(ITEMS_N)]
    items = tuple(
        Item(item=str(100_000 + number), name="x", price_minor=1, codes=(code,))
        for number, code in enumerate(codes)
    )
    began_ns = perf_counter_ns()
    reader = Codes(_book(items))
    built_ms = (perf_counter_ns() - began_ns) / 1e6
    found = dict(zip(codes, items, strict=True))
    scan, peer_scan = _race_scans(reader, found)
    label, peer_label = _race_labels()
    peer = f"biip {biip.__version__}"
    return [
        figure(
            "code_scan",
            scan,
            "ns",
            against=f"{peer} parse + dict",
            against_value=peer_scan,
            goal=("<=", 0.01),
        ),
        figure(
            "code_label",
            label,
            "ns",
            against=f"{peer} parse",
            against_value=peer_label,
            goal=("<=", 0.02),
        ),
        figure("code_table_item", sys.getsizeof(reader) / ITEMS_N, "bytes", goal=("<=", 50)),
        figure("code_table_built", built_ms, "ms", goal=("<=", 300)),
    ]


def _race_scans(reader: Codes, found: dict[str, Item]) -> tuple[float, float]:
    """Median ns a scan of ours and of the peer's, the same strings in random order each round."""
    codes = list(found)
    rng = random.Random(1)

    def look_up(code: str) -> Item:
        gtin = biip.parse(code).gtin
        assert gtin is not None
        return found[gtin.value]

    ours, theirs = [], []
    for _ in range(ROUNDS_N):
        rng.shuffle(codes)
        # Fresh strings, as a scanner gives them: no hash is known yet.
        ours.append(_time(reader.decode, ["".join(tuple(code)) for code in codes]))
        theirs.append(_time(look_up, ["".join(tuple(code)) for code in codes[:PEER_SCANS_N]]))
    assert reader.decode(codes[0]) == ItemCode(found[codes[0]].item)
    return median(ours), median(theirs)


def _race_labels() -> tuple[float, float]:
    """The same for a label with GTIN, expiry, best before, weight and lot."""
    item = Item(item="ham", name="Ham", price_minor=1, unit="g", codes=(LOOSE,))
    reader = Codes(_book((item,)))
    labels = [
        f"]C101{LOOSE}1726{day % 12 + 1:02d}00152606303103{day:06d}10LOT-{day}"
        for day in range(LABELS_N)
    ]
    ours, theirs = [], []
    for _ in range(ROUNDS_N):
        ours.append(_time(reader.decode, labels))
        theirs.append(_time(biip.parse, labels[:PEER_LABELS_N]))
    decoded = reader.decode(labels[7])
    message = biip.parse(labels[7]).gs1_message
    assert isinstance(decoded, WeighedLabel)
    assert decoded.gs1 is not None
    assert message is not None
    assert decoded.gs1.elements == tuple(
        (element.ai.ai, element.value) for element in message.element_strings
    )
    return median(ours), median(theirs)


def _time(reading: Callable[[str], object], codes: Sequence[str]) -> float:
    began_ns = perf_counter_ns()
    for code in codes:
        reading(code)
    return (perf_counter_ns() - began_ns) / len(codes)


def _book(items: tuple[Item, ...]) -> PriceBook:
    return PriceBook(version="bench", store="b1", currency="CNY", effective_ms=0, items=items)
