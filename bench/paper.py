"""How long a receipt of forty lines takes to become bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bench.figure import Figure, figure
from edge.devices.paper import Document, Rule, Text, render_escpos, render_png
from edge.devices.paper.document import Cut, Part, Qr

LINES_N = 40
ROUNDS_N = 200
FRESH_N = 10
ENGLISH = ("Whole Milk 1 gal", "Sparkling Water, Lemon and Lime", "Crème brûlée", "Dish Soap 24 oz")
CHINESE = ("光明优倍鲜牛奶 950毫升", "农夫山泉饮用天然水（箱装）", "海天生抽酱油 500ml", "乐事薯片")
HEBREW = ("מלפפון (נשקל)", "כרמית איגלו שלוקים 60 יח", "קוקטייל לימון 330 מל", "Coca-Cola 1.5 ליטר")


def measure() -> list[Figure]:
    """Text by the printer's own characters within 5 ms of CPU; drawn lines apart, known and new."""
    rows = [
        figure("paper_english", _time(ENGLISH, "$", "western"), "ms", goal=("<=", 5)),
        figure("paper_chinese", _time(CHINESE, "¥", "chinese"), "ms", goal=("<=", 5)),
        figure("paper_chinese_new", _time_fresh(CHINESE, "¥", "chinese"), "ms", goal=("<=", 5)),
        figure("paper_chinese_drawn", _time(CHINESE, "¥", "western"), "ms"),
        figure("paper_hebrew_drawn", _time(HEBREW, "₪", "western"), "ms"),
        figure("paper_chinese_drawn_new", _time_fresh(CHINESE, "¥", "western"), "ms"),
        figure("paper_hebrew_drawn_new", _time_fresh(HEBREW, "₪", "western"), "ms"),
    ]
    document = receipt(CHINESE, "¥", day=0)
    png_ms = _median(lambda: render_png(document, scale=1), rounds_n=20)
    return [*rows, figure("paper_picture", png_ms, "ms")]


def receipt(names: tuple[str, ...], sign: str, *, day: int) -> Document:
    """A receipt of forty lines; another `day` has other items at other prices."""
    parts: list[Part] = [Text("No.", f"1-{day:06d}"), Rule(double=True)]
    for index in range(LINES_N):
        name = names[index % len(names)]
        parts.append(Text(f"{name} {index + day * LINES_N}", f"{sign}{3 + index + day}.90"))
    parts += [Rule(), Text("TOTAL", f"{sign}{900 + day}.10", bold=True, size=2), Qr("1"), Cut()]
    return Document(48, tuple(parts), rtl=names is HEBREW)


def _time(names: tuple[str, ...], sign: str, profile: str) -> float:
    """The same receipt again, as the next customer's holds the same goods; the median."""
    document = receipt(names, sign, day=0)
    return _median(lambda: render_escpos(document, profile), rounds_n=ROUNDS_N)


def _time_fresh(names: tuple[str, ...], sign: str, profile: str) -> float:
    """Receipts on which every line is new, in milliseconds each; the median."""
    spent = []
    for day in range(1, FRESH_N + 1):
        document = receipt(names, sign, day=day)
        began = time.thread_time()
        render_escpos(document, profile)
        spent.append((time.thread_time() - began) * 1000)
    return statistics.median(spent)


def _median(act: Callable[[], object], *, rounds_n: int) -> float:
    act()
    spent = []
    for _ in range(rounds_n):
        began = time.thread_time()
        act()
        spent.append((time.thread_time() - began) * 1000)
    return statistics.median(spent)
