"""Where everything on a label goes: one layout for every printer and for the picture.

Measures are millimetres on a label of 60 by 40 and grow or shrink with it. Places are dots from
the upper left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from cext.errors import Refused
from edge.devices.labels.draw import Glyphs, Raster, draw_glyphs, draw_text, measure, to_raster
from edge.devices.labels.label import Label, Media
from edge.devices.paper.layout import plain, split_words

MARGIN_MM = 2.0
NAME_MM, NAME_LEAST_MM, NAME_TWO_LINES_MM, NAME_TOP_MM = 6.4, 4.8, (4.4, 4.0, 3.6, 3.3), 1.6
RULE_Y_MM, RULE_MM = 11.4, 0.3
PRICE_MM, PRICE_GAP_MM, FOOT_GAP_MM = 14.5, 1.4, 2.6
SIDE_MM, DATE_MM, DIGITS_MM, BARS_MM = 3.3, 2.5, 3.2, 7.0
PRICE_SHARE = 0.68  # of the width, at most; the rest is for the former and the unit price
EAN_MODULES_N, QUIET_LEFT_N, QUIET_RIGHT_N = 95, 11, 7  # GS1 General Specifications 5.2.3
# Dots of one bar. GS1 asks for 0.264 mm and more: 3 of 8 dots per mm, 4 of 12. The smaller one,
# 0.25 mm, is for labels that are too narrow.
MODULES: Mapping[int, tuple[int, ...]] = MappingProxyType({203: (3, 2), 300: (4, 3)})
SAID = {"en": ("Was", "per"), "zh": ("原价", "每")}
MORE = "..."


class Words(Struct, frozen=True):
    """A line of text in a box, `size` dots high."""

    x: int
    y: int
    width: int
    size: int
    text: str
    align: Literal["left", "right"] = "left"
    bold: bool = False

    def needs_raster(self) -> bool:
        """Whether a printer's own font lacks a character, or its language gives it a meaning."""
        return not (self.text.isascii() and self.text.isprintable()) or "\\" in self.text


class Block(Struct, frozen=True):
    """A black rectangle."""

    x: int
    y: int
    width: int
    height: int


class Code(Struct, frozen=True):
    """An EAN-13 of `module` dots a bar, with its digits below."""

    x: int
    y: int
    module: int
    height: int
    digits: str


Field = Words | Block | Code | Raster


def lay_out(label: Label, media: Media) -> tuple[Field, ...]:
    """Place all of `label` on `media`, in dots; Refused label_too_small if its code has no room.

    A name of more than two lines ends in `...`; everything else shrinks until it fits.
    """
    return _Layout(label, media).fields()


def to_dots(words: Words) -> Raster:
    """Draw a line of text where its box says."""
    image = draw_text(words.text, words.size, bold=words.bold)
    width = measure(words.text, words.size, bold=words.bold)
    x = words.x + (words.width - width if words.align == "right" else 0)
    return to_raster(image, x, words.y)


class _Layout:
    """The places of one label."""

    def __init__(self, label: Label, media: Media) -> None:
        self._label = label
        self._media = media
        self._grow = min(media.width_mm / 60, media.height_mm / 40)
        self._left = media.dots(MARGIN_MM)
        self._right = media.width_dots - self._left
        self._bottom = media.height_dots - media.dots(MARGIN_MM)

    def fields(self) -> tuple[Field, ...]:
        code = self._code()
        found: list[Field] = [*self._name(), self._rule()]
        foot_y = code.y if code else self._bottom - self._mm(DATE_MM)
        base_y = foot_y - self._mm(FOOT_GAP_MM)
        beside = (code.x + (EAN_MODULES_N + QUIET_RIGHT_N) * code.module) if code else self._left
        found += self._price(base_y)
        if code:
            found.append(code)
        if self._label.printed_on:
            found.append(self._date(beside))
        return tuple(found)

    def _mm(self, length_mm: float) -> int:
        return max(1, self._media.dots(length_mm * self._grow))

    def _name(self) -> list[Field]:
        text = plain(self._label.name).strip()
        width = self._right - self._left
        top = self._mm(NAME_TOP_MM)
        size = _fit(text, width, self._mm(NAME_MM), bold=True)
        if size >= self._mm(NAME_LEAST_MM):
            y = top + (self._mm(RULE_Y_MM) - top - size) // 2
            return [Words(self._left, y, width, size, text, bold=True)]
        for size_mm in NAME_TWO_LINES_MM:
            size = self._mm(size_mm)
            lines = _break(text, width, size)
            if not lines[-1].endswith(MORE):
                break
        return [
            Words(self._left, top + round(index * size * 1.14), width, size, line, bold=True)
            for index, line in enumerate(lines)
        ]

    def _rule(self) -> Block:
        thick = max(2, self._mm(RULE_MM))
        return Block(self._left, self._mm(RULE_Y_MM), self._right - self._left, thick)

    def _code(self) -> Code | None:
        """The widest bars that fit with their quiet zones; the margin is part of these."""
        if not self._label.ean:
            return None
        whole_n = QUIET_LEFT_N + EAN_MODULES_N + QUIET_RIGHT_N
        for module in MODULES[self._media.dpi]:
            if whole_n * module <= self._media.width_dots:
                high = self._mm(BARS_MM)
                y = self._bottom - self._media.dots(DIGITS_MM) - high
                return Code(QUIET_LEFT_N * module, y, module, high, self._label.ean)
        raise Refused(
            "label_too_small",
            f"An EAN-13 needs 29 mm, this label has {self._media.width_mm}: use wider labels.",
            item=self._label.name,
        )

    def _price(self, base_y: int) -> list[Field]:
        """The price on the right; the former and the unit price on the left of it."""
        label = self._label
        top = self._mm(RULE_Y_MM) + self._mm(PRICE_GAP_MM)
        # A digit is 0.73 of its size high.
        size = min(self._mm(PRICE_MM), round((base_y - top) / 0.76))
        widest = round((self._right - self._left) * PRICE_SHARE)
        if not (label.unit or label.was_minor is not None):
            widest = self._right - self._left
        parts = self._price_parts(size)
        while size > 8 and sum(measure(one.text, one.size, bold=True) for one in parts) > widest:
            size -= 1
            parts = self._price_parts(size)
        image = draw_glyphs(parts, size, size + size // 4)
        raster = to_raster(image, 0, base_y - size)
        x = self._right - raster.width
        moved = Raster(x, raster.y, raster.width, raster.height, raster.rows)
        room = x - self._left - self._mm(PRICE_GAP_MM)
        return [*self._side(base_y, room), moved]

    def _price_parts(self, size: int) -> list[Glyphs]:
        currency = self._label.currency
        whole, point, rest = currency.say(self._label.price_minor, symbol=False).partition(".")
        small = round(size * 0.52)
        parts = [Glyphs(currency.symbol, small), Glyphs(whole, size)]
        if point:
            # The decimals hang from the top of the digits, as on most shelves.
            parts += [Glyphs(point, small), Glyphs(rest, small, rise=round((size - small) * 0.73))]
        return parts

    def _side(self, base_y: int, room: int) -> list[Field]:
        label = self._label
        was, per = SAID[label.lang]
        found: list[Field] = []
        y = base_y - round(self._mm(SIDE_MM) * 0.82)
        if label.unit_price_minor is not None:
            price = label.currency.say(label.unit_price_minor)
            gap = "" if label.lang == "zh" else " "
            said = f"{price} {per}{gap}{label.unit}"
            one_n = measure(said, self._mm(SIDE_MM), bold=False)
            lines = [said] if one_n <= room else [price, f"{per}{gap}{label.unit}"]
            for line in reversed(lines):
                size = _fit(line, room, self._mm(SIDE_MM))
                found.append(Words(self._left, y, room, size, line))
                y -= round(self._mm(SIDE_MM) * 1.2)
        if label.was_minor is not None:
            said = f"{was} {label.currency.say(label.was_minor)}"
            size = _fit(said, room, self._mm(SIDE_MM))
            found += self._struck(said, size, y - self._mm(0.6))
        return found

    def _struck(self, said: str, size: int, y: int) -> list[Field]:
        """A former price and the line through it; drawn, so that the line is as long as it."""
        raster = to_raster(draw_text(said, size, bold=False), self._left, y)
        head = measure(said.split(" ", 1)[0] + " ", size, bold=False)
        width = measure(said, size, bold=False) - head
        thick = max(2, size // 14)
        return [raster, Block(self._left + head, y + round(size * 0.54), width, thick)]

    def _date(self, beside: int) -> Words:
        width = self._right - beside
        size = _fit(self._label.printed_on, width, self._mm(DATE_MM))
        y = self._bottom - round(size * 0.9)
        return Words(beside, y, width, size, self._label.printed_on, align="right")


def _fit(text: str, width: int, size: int, *, bold: bool = False) -> int:
    """The largest size, at most `size`, in which `text` is not wider than `width`."""
    while size > 8 and measure(text, size, bold=bold) > width:
        size -= 1
    return size


def _break(text: str, width: int, size: int) -> list[str]:
    """Break a name into two lines; what does not fit ends in `...`."""
    words = split_words(text)
    lines = [""]
    for word in words:
        if lines[-1] and measure(lines[-1] + word, size, bold=True) > width and len(lines) < 2:
            lines.append(word.lstrip())
        else:
            lines[-1] += word
    return [_shorten(line, width, size) for line in lines]


def _shorten(line: str, width: int, size: int) -> str:
    if measure(line, size, bold=True) <= width:
        return line
    while line and measure(line + MORE, size, bold=True) > width:
        line = line[:-1]
    return line.rstrip() + MORE
