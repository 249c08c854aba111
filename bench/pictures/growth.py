"""How the time of a 10-line basket grows with the offers in force; both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Iterator

from bench.peers.side_by_side import SideBySide

HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
 font-family="system-ui, sans-serif">
<rect width="{width}" height="{height}" fill="#fff"/>"""
Point = tuple[float, float]
WIDTH, HEIGHT = 880, 520
LEFT, RIGHT, TOP, BOTTOM = 78, 570, 72, 456
LABEL_GAP = 17  # between two names at the right edge
COLOURS = {
    "bulk": "#04402d",
    "price": "#0b6e4f",
    "quote": "#5aa17f",
    "plain": "#8a6d00",
    "medusa": "#5b4bb5",
    "vendure": "#1769aa",
    "oscar": "#b3422f",
}


def draw_growth(found: SideBySide) -> str:
    """The picture as SVG text."""
    cells = [cell for cell in found.cells if cell.lines_n == 10]
    offers = sorted({cell.offers_n for cell in cells})
    low = math.floor(math.log10(min(cell.us for cell in cells)))
    high = math.ceil(math.log10(max(cell.us for cell in cells)))

    def x_of(offers_n: int) -> float:
        share = math.log(offers_n / offers[0]) / math.log(offers[-1] / offers[0])
        return LEFT + share * (RIGHT - LEFT)

    def y_of(us: float) -> float:
        return BOTTOM - (math.log10(us) - low) / (high - low) * (BOTTOM - TOP)

    parts = [
        HEAD.format(width=WIDTH, height=HEIGHT),
        _text((24, 30), "Time to price a 10-line basket, by offers in force", size=17),
        _text((24, 49), "median, both axes logarithmic; every engine came to the same totals",
              colour="#666"),
    ]  # fmt: skip
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        parts.append(_line((LEFT, y), (RIGHT, y), "#e3e3e3"))
        parts.append(_text((LEFT - 8, y + 4), _say(10.0**power), colour="#666", anchor="end"))
    for offers_n in offers:
        x = x_of(offers_n)
        parts.append(_line((x, TOP), (x, BOTTOM), "#f0f0f0"))
        parts.append(_text((x, BOTTOM + 20), f"{offers_n:,}", colour="#666", anchor="middle"))
    parts.append(_text(((LEFT + RIGHT) / 2, BOTTOM + 42), "offers in force", anchor="middle"))
    ends = []
    for name in found.titles:
        series = sorted((cell.offers_n, cell.us) for cell in cells if cell.engine == name)
        points = [(x_of(offers_n), y_of(us)) for offers_n, us in series]
        colour = COLOURS[name]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.2"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>' for x, y in points]
        ends.append((points[-1][1], name, series[-1][1]))
    parts += _labels(found, sorted(ends))
    return "\n".join([*parts, "</svg>", ""])


def _labels(found: SideBySide, ends: list[tuple[float, str, float]]) -> Iterator[str]:
    """The engines' names beside the ends of their lines, pushed apart where they would meet."""
    at = -math.inf
    for y, name, us in ends:
        at = max(y, at + LABEL_GAP)
        yield _line((RIGHT + 5, y), (RIGHT + 18, at), "#bbb")
        label = f"{_short(found.titles[name])}: {_say(us)}"
        yield _text((RIGHT + 22, at + 4), label, colour=COLOURS[name])


def _short(title: str) -> str:
    return title.partition(":")[0].replace("`", "")


def _text(
    at: Point, text: str, *, colour: str = "#222", anchor: str = "start", size: int = 13
) -> str:
    x, y = at
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" '
        f'font-size="{size}">{text}</text>'
    )


def _line(start: Point, end: Point, colour: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _say(us: float) -> str:
    if us >= 1e6:
        return f"{us / 1e6:.3g} s"
    return f"{us / 1e3:.3g} ms" if us >= 1e3 else f"{us:.3g} us"
