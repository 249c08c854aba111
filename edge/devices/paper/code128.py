"""Code 128 as bars (ISO/IEC 15417): sets B and C, and A for control characters such as GS."""

from __future__ import annotations

import re

LONGEST_N = 40
# Six widths a symbol, of bars and spaces in turn: the table of the standard, in its order.
_TABLE = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132"
    "122231113222123122123221223211221132221231213212223112312131311222321122321221312212"
    "322112322211212123212321232121111323131123131321112313132113132311211313231113231311"
    "112133112331132131113123113321133121313121211331231131213113213311213131311123311321"
    "331121312113312311332111314111221411431111111224111422121124121421141122141221112214"
    "112412122114122411142112142211241211221114413111241112134111111242121142121241114212"
    "124112124211411212421112421211212141214121412121111143111341131141114113114311411113"
    "411311113141114131311141411131211412211214211232"
)
_WIDTHS = tuple(_TABLE[at : at + 6] for at in range(0, len(_TABLE), 6))
STOP = "2331112"
_START = {"A": 103, "B": 104, "C": 105}
_TO = {"A": 101, "B": 100, "C": 99}
# After a control character set A goes on as long as it has what follows.
_RUNS = re.compile(r"(?P<C>(?:\d\d){2,})|(?P<A>[\x00-\x1f][\x00-\x5f]*)|(?P<B>[\x20-\x7f])")


def is_128(text: str) -> bool:
    """Whether `text` is 1 to 40 ASCII characters."""
    return 0 < len(text) <= LONGEST_N and text.isascii()


def split_sets(text: str) -> list[tuple[str, str]]:
    """Cut `text` into (set, characters): C for four digits and more, A for control characters."""
    found: list[tuple[str, str]] = []
    for match in _RUNS.finditer(text):
        kind, run = str(match.lastgroup), match.group()
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + run)
        else:
            found.append((kind, run))
    return found


def encode_bars(text: str) -> str:
    """Give the modules as 1 for a bar and 0 for a space, from the start to the stop."""
    values: list[int] = []
    for kind, run in split_sets(text):
        values.append(_TO[kind] if values else _START[kind])
        values.extend(_values(kind, run))
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    widths = "".join(_WIDTHS[value] for value in (*values, check)) + STOP
    return "".join(("0" if index % 2 else "1") * int(wide) for index, wide in enumerate(widths))


def encode_escpos(text: str) -> bytes:
    """Give the data of `GS k 73`: `{A`, `{B` and `{C` change the set, `{{` is a brace."""
    out = bytearray()
    for kind, run in split_sets(text):
        out += b"{" + kind.encode("ascii")
        out += bytes(_values("C", run)) if kind == "C" else run.encode().replace(b"{", b"{{")
    return bytes(out)


def _values(kind: str, run: str) -> list[int]:
    if kind == "C":
        return [int(run[at : at + 2]) for at in range(0, len(run), 2)]
    return [ord(char) + 64 if char < " " else ord(char) - 32 for char in run]
