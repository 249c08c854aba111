"""Sets text in columns; a Chinese character takes two. All renderers set their lines here."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from edge.devices.paper.bidi import JOINERS, MARKS, begins_rtl, isolate
from edge.devices.paper.document import Text

LEFT_LEAST_N = 4
# Typographic signs that printers do not share become what every printer has.
_PLAIN: dict[int, str | None] = {
    **{ord(sign): "-" for sign in "–—\u2212"},
    **{ord(sign): '"' for sign in "“”"},
    **{ord(sign): "'" for sign in "‘’"},
    **{ord(sign): " " for sign in "\u00a0\u202f\t"},
    ord("…"): "...",
    **MARKS,
}


_SURE = re.compile("[\x20-\x7e\u3001-\u303e\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60]*")


@functools.lru_cache(4096)
def plain(text: str) -> str:
    """Make `text` fit for paper: composed, without control characters."""
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFC", text.translate(_PLAIN))
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in JOINERS else " " for char in text)


@functools.lru_cache(4096)
def columns_of(char: str) -> int:
    """How many columns one character takes: 0, 1 or 2."""
    if char.isascii():
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def count_columns(text: str) -> int:
    """How many columns `text` takes."""
    if text.isascii():
        return len(text)
    if _SURE.fullmatch(text):
        # Two columns have three bytes in UTF-8, one has one.
        return (len(text) + len(text.encode())) // 2
    return sum(map(columns_of, text))


def set_text(part: Text, width_n: int, *, rtl: bool = False) -> list[str]:
    """Set one part in lines of at most `width_n` columns, padded on the left, never empty.

    Columns count from the left on every page; a field that runs from right to left stands
    between the marks of `bidi`, in logical order.
    """
    left, right = plain(part.left), plain(part.right)
    # A text that wraps keeps the direction it began with.
    field = _Field(width_n, rtl=rtl, left_rtl=rtl or begins_rtl(left))
    if not right:
        lines = wrap(left, width_n, hang_n=part.hang_n)
        return [field.place(line, part.align) for line in lines]
    room_n = width_n - count_columns(right) - 1
    if room_n < LEFT_LEAST_N and left:
        lines = wrap(left, width_n, hang_n=part.hang_n)
        below = _Field(width_n, rtl=rtl, left_rtl=rtl or begins_rtl(right))
        return [field.place(line, "left") for line in lines] + [
            below.place(line, "right") for line in wrap(right, width_n)
        ]
    *above, last = wrap(left, max(room_n, 1), hang_n=part.hang_n)
    return [*(field.place(line, "left") for line in above), field.join(last, right)]


class _Field:
    """Places text on a line; "left" is where a line of the page begins."""

    def __init__(self, width_n: int, *, rtl: bool, left_rtl: bool) -> None:
        self._width_n = width_n
        self._rtl = rtl
        self._left_rtl = left_rtl

    def place(self, line: str, align: str) -> str:
        """One field alone on its line."""
        free_n = self._width_n - count_columns(line)
        left_n = {"left": 0, "center": free_n // 2, "right": free_n}[align]
        return self._set(" " * left_n + line) if line else line

    def join(self, left: str, right: str) -> str:
        """One field at each end of the line."""
        free_n = self._width_n - count_columns(left) - count_columns(right)
        other = isolate(right, rtl=self._rtl or begins_rtl(right))
        if self._rtl:
            return other + " " * free_n + isolate(left.lstrip(" "), rtl=True)
        return self._set(left) + " " * free_n + other

    def _set(self, line: str) -> str:
        body = line.lstrip(" ")
        indent_n = len(line) - len(body)
        if self._rtl:
            indent_n = self._width_n - count_columns(body) - indent_n
        return " " * indent_n + isolate(body, rtl=self._left_rtl)


def wrap(text: str, width_n: int, *, hang_n: int = 0) -> list[str]:
    """Break `text` at spaces, and between Chinese characters; longer words are cut.

    Lines after the first keep its indent and hang by `hang_n`, where there is room for that.
    """
    if count_columns(text) <= width_n:
        return [text.rstrip()]
    indent_n = len(text) - len(text.lstrip(" ")) + hang_n
    indent = " " * (indent_n if indent_n * 2 < width_n else 0)
    lines: list[str] = []
    line, line_n = "", 0
    for word in _pieces(text, width_n - len(indent)):
        word_n = count_columns(word)
        if line_n + word_n > width_n and line.strip():
            lines.append(line.rstrip())
            fresh = indent + word.lstrip()
            line, line_n = fresh, count_columns(fresh)
        else:
            line += word
            line_n += word_n
    return [*lines, line.rstrip()]


def _pieces(text: str, width_n: int) -> Iterator[str]:
    """Words as `split_words` gives them, those too wide for a line cut into pieces."""
    for word in split_words(text):
        rest = word
        while count_columns(rest) > width_n and rest.strip():
            head = _head(rest, width_n)
            yield head
            rest = rest[len(head) :]
        if rest:
            yield rest


def split_words(text: str) -> list[str]:
    """Cut where a line may break; each word keeps the spaces before it."""
    words: list[str] = []
    for char in text:
        last = words[-1] if words else ""
        if last and _belongs(char, last):
            words[-1] += char
        else:
            words.append(char)
    return words


def _belongs(char: str, word: str) -> bool:
    """Whether `char` goes on with `word`, so that no line may break between them."""
    if char == " ":
        return not word.strip()
    if _clings(char) or not word.strip():
        return True
    return columns_of(char) == 1 and columns_of(word[-1]) == 1


def _clings(char: str) -> bool:
    """Whether a line must not begin with `char`."""
    return char in "，。、；：？！）》」』】％%,.;:?!)" or columns_of(char) == 0


def _head(word: str, width_n: int) -> str:
    """Give as much of `word` as fits, at least one character."""
    used_n = 0
    for index, char in enumerate(word):
        used_n += columns_of(char)
        if used_n > width_n and index:
            return word[:index]
    return word
