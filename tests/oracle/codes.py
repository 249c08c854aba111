"""Codes judged the slow way: written from the GS1 rules and the text of the syntax dictionary.

Shares no code with the engine; of its data only the ISO lists, which nobody types twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cext.engine.codes.iso import COUNTRIES, CURRENCIES

DICTIONARY = (
    Path(__file__).parents[2] / "cext" / "engine" / "codes" / "data" / "gs1-syntax-dictionary.txt"
)
LETTERS = {
    "N": "[0-9]",
    "X": r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]",
    "Y": r"[#\-/0-9A-Z]",
    "Z": r"[-_0-9A-Za-z]",
}
ORDER_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
PAIR_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
Elements = tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """One component of a value: letters, lengths, and the linters it must pass."""

    letters: str
    low_n: int
    high_n: int
    optional: bool
    linters: tuple[str, ...]


class Identifier(NamedTuple):
    """One AI of the dictionary. `needs` and `excludes` are lists of alternatives of patterns."""

    ai: str
    fixed: bool
    attribute: bool
    parts: tuple[Part, ...]
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]
    key: bool
    orders: tuple[tuple[str, ...], ...]


@cache
def load_identifiers() -> dict[str, Identifier]:
    """Every AI by its digits, ranges written out."""
    found = {}
    for line in DICTIONARY.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        flags = "" if words[1][0].isalpha() else words.pop(1)
        ais, rest = words[0], words[1:]
        first, last = (*ais.split("-"), ais)[:2] if "-" in ais else (ais, ais)
        for number in range(int(first), int(last) + 1):
            ai = str(number).zfill(len(first))
            found[ai] = _read_identifier(ai, flags, rest)
    return found


def _read_identifier(ai: str, flags: str, words: Sequence[str]) -> Identifier:
    attributes = [word for word in words if re.match(r"(req|ex|dlpkey)\b", word)]
    named = [word.split("=", 1) for word in attributes if "=" in word]
    return Identifier(
        ai=ai,
        fixed="*" in flags,
        attribute="?" in flags,
        parts=tuple(_read_part(word) for word in words if word not in attributes),
        needs=tuple(
            tuple(tuple(group.split("+")) for group in value.split(","))
            for name, value in named
            if name == "req"
        ),
        excludes=tuple(one for name, value in named if name == "ex" for one in value.split(",")),
        key=any(word.startswith("dlpkey") for word in attributes),
        orders=tuple(
            tuple(group.split(","))
            for name, value in named
            if name == "dlpkey"
            for group in value.split("|")
        ),
    )


def _read_part(word: str) -> Part:
    shape, *linters = word.split(",")
    optional = shape.startswith("[")
    shape = shape.strip("[]")
    size = shape[1:]
    high_n = int(size.removeprefix(".."))
    return Part(shape[0], 1 if ".." in size else high_n, high_n, optional, tuple(linters))


def check_digit(digits: str) -> int:
    """GS1 7.9: weights 3 and 1 in turn from the right."""
    total = sum(int(digit) * (1 if n % 2 else 3) for n, digit in enumerate(reversed(digits)))
    return -total % 10


def has_check(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    return check_digit(digits[:-1]) == int(digits[-1])


def price_verifier(digits: str) -> int:
    """GS1 7.9.2 to 7.9.4, each weight written as the rule says it."""

    def two_minus(d: int) -> int:
        return (2 * d - 2 * d // 10) % 10

    def five_plus(d: int) -> int:
        return (5 * d + 5 * d // 10) % 10

    def five_minus(d: int) -> int:
        return (5 * d - 5 * d // 10) % 10

    d = [int(digit) for digit in digits]
    if len(d) == 4:
        return 3 * (two_minus(d[0]) + two_minus(d[1]) + 3 * d[2] + five_minus(d[3])) % 10
    total = five_plus(d[0]) + two_minus(d[1]) + five_minus(d[2]) + five_plus(d[3])
    rest = -(total + two_minus(d[4])) % 10
    return next(digit for digit in range(10) if five_minus(digit) == rest)


def widen_upc_e(code: str) -> str | None:
    """The UPC-A of eight digits of a UPC-E, by the table of General Specifications 5.2.2.4.2."""
    if not re.fullmatch("[01][0-9]{7}", code):
        return None
    a, b, c, d, e, last = code[1:7]
    middle = {
        "0": f"{a}{b}00000{c}{d}{e}",
        "1": f"{a}{b}10000{c}{d}{e}",
        "2": f"{a}{b}20000{c}{d}{e}",
        "3": f"{a}{b}{c}00000{d}{e}",
        "4": f"{a}{b}{c}{d}00000{e}",
    }.get(last, f"{a}{b}{c}{d}{e}0000{last}")
    wide = code[0] + middle + code[7]
    return wide if has_check(wide) else None


def full_year(two: int, year: int) -> int:
    """The one year of these two digits that lies 49 back to 50 ahead of `year`."""
    return next(full for full in range(year - 49, year + 51) if full % 100 == two)


def day_of(value: str, year: int) -> date | None:
    """The day a YYMMDD names, 00 being the last of the month; None when there is none."""
    full, month, day = full_year(int(value[:2]), year), int(value[2:4]), int(value[4:6])
    try:
        if day:
            return date(full, month, day)
        return (date(full, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    except ValueError:
        return None


def _is_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def _has_pair(text: str) -> bool:
    body = text[:-2]
    if not 1 <= len(body) <= 23:
        return False
    primes = [n for n in range(2, 90) if all(n % m for m in range(2, n))]
    letters = zip(reversed(body), primes, strict=False)
    total = sum(ORDER_82.index(letter) * prime for letter, prime in letters) % 1021
    return text[-2:] == PAIR_LETTERS[total // 32] + PAIR_LETTERS[total % 32]


def _is_iban(text: str) -> bool:
    if not re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]+", text):
        return False
    return int("".join(str(int(letter, 36)) for letter in text[4:] + text[:4])) % 97 == 1


def _is_coupon(text: str) -> bool:
    """AI 8110: prefix of 6 to 12 digits, offer of 6, value, purchase, kind and family."""
    shapes = [rf"{n}[0-9]{{{n + 6}}}[0-9]{{6}}" for n in range(7)]
    sized = "(?:" + "|".join(f"{n}[0-9]{{{n}}}" for n in range(1, 6)) + ")"
    return re.fullmatch(f"(?:{'|'.join(shapes)}){sized}{sized}[0-9]{{4}}[0-9]*", text) is not None


def _is_offer(text: str) -> bool:
    """AI 8112: format, funder, offer, serial."""
    funders = "|".join(rf"{n}[0-9]{{{n + 6}}}" for n in range(7))
    serials = "|".join(rf"{n}[0-9]{{{n + 6}}}" for n in range(10))
    return re.fullmatch(f"[01](?:{funders})[0-9]{{6}}(?:{serials})", text) is not None


def _in_countries(text: str) -> bool:
    return text in {country[2:] for country in COUNTRIES.split()}


LINTERS: dict[str, Callable[[str, int], object]] = {
    "csum": lambda text, _: has_check(text),
    "csumalpha": lambda text, _: _has_pair(text),
    "gcppos1": lambda text, _: re.match("[0-9]{4}", text),
    "gcppos2": lambda text, _: re.match(".[0-9]{4}", text),
    "yymmd0": lambda text, year: day_of(text, year) is not None,
    "yymmdd": lambda text, year: text[4:6] != "00" and day_of(text, year) is not None,
    "yyyymmdd": lambda text, _: _is_day(text),
    "hhmi": lambda text, _: text[:2] < "24" and text[2:] < "60",
    "hh": lambda text, _: text < "24",
    "mi": lambda text, _: text < "60",
    "ss": lambda text, _: text < "60",
    "iso3166": lambda text, _: _in_countries(text),
    "iso3166999": lambda text, _: text == "999" or _in_countries(text),
    "iso3166alpha2": lambda text, _: text in {c[:2] for c in COUNTRIES.split()},
    "iso4217": lambda text, _: text in {c[3:] for c in CURRENCIES.split()},
    "iso5218": lambda text, _: text in "0129",
    "pcenc": lambda text, _: not re.search("%(?![0-9A-Fa-f]{2})", text),
    "importeridx": lambda text, _: re.fullmatch("[-_0-9A-Za-z]", text),
    "zero": lambda text, _: not text.strip("0"),
    "nonzero": lambda text, _: text.strip("0"),
    "nozeroprefix": lambda text, _: text == "0" or text[0] != "0",
    "hasnondigit": lambda text, _: re.search("[^0-9]", text),
    "couponcode": lambda text, _: _is_coupon(text),
    "couponposoffer": lambda text, _: _is_offer(text),
    "latitude": lambda text, _: int(text) <= 180 * 10**7,
    "longitude": lambda text, _: int(text) <= 360 * 10**7,
    "yesno": lambda text, _: text in "01",
    "hyphen": lambda text, _: text == "-",
    "mediatype": lambda text, _: 1 <= int(text) <= 10 or 80 <= int(text) <= 99,
    "posinseqslash": lambda text, _: re.fullmatch("[1-9]/[1-9]", text) and text[0] <= text[2],
    "winding": lambda text, _: text in "019",
    "pieceoftotal": lambda text, _: 0 < int(text[:2]) <= int(text[2:]),
    "iban": lambda text, _: _is_iban(text),
    "packagetype": lambda _text, _: True,
}
CHECKS = {"csum", "csumalpha", "iban"}


@cache
def _shape(letters: str) -> re.Pattern[str]:
    return re.compile(LETTERS[letters] + "*" + ("={0,2}" if letters == "Z" else ""))


def find_faults(identifier: Identifier, value: str, year: int) -> set[str]:
    """Every reason to refuse this value; empty when it is sound."""
    faults = set()
    rest = value
    for part in identifier.parts:
        if not rest and part.optional:
            break
        mine, rest = rest[: part.high_n], rest[part.high_n :]
        fits = _shape(part.letters).fullmatch(mine)
        if fits is None or not part.low_n <= len(mine) <= part.high_n:
            return faults | {"gs1_unreadable"}
        for linter in part.linters:
            if not LINTERS[linter](mine, year):
                faults.add("bad_check_digit" if linter in CHECKS else "gs1_value")
    return faults | {"gs1_unreadable"} if rest else faults


def judge_elements(text: str, year: int) -> tuple[set[str], Elements]:
    """(reasons to refuse an element string, its elements); it is sound when there is no reason."""
    known = load_identifiers()
    elements = []
    while text.strip("\x1d"):
        text = text.lstrip("\x1d")
        ai = next((text[:n] for n in (2, 3, 4) if text[:n] in known), None)
        if ai is None:
            return {"gs1_unreadable"}, ()
        text = text[len(ai) :]
        value = text.split("\x1d")[0]
        if known[ai].fixed:
            value = value[: sum(part.high_n for part in known[ai].parts)]
        elements.append((ai, value))
        text = text[len(value) :]
    if not elements:
        return {"gs1_unreadable"}, ()
    return judge_values(tuple(elements), year)


def judge_values(elements: Elements, year: int) -> tuple[set[str], Elements]:
    """The first value at fault decides; then repeats, then what goes with what."""
    known = load_identifiers()
    for ai, value in elements:
        faults = find_faults(known[ai], value, year)
        if faults:
            return faults, ()
    once = tuple(dict.fromkeys(elements))
    present = [ai for ai, _ in once]
    if len(set(present)) < len(present):
        return {"gs1_pairs"}, ()
    for ai in present:
        others = [other for other in present if other != ai]
        for alternatives in known[ai].needs:
            if not any(all(_meets(one, others) for one in group) for group in alternatives):
                return {"gs1_pairs"}, ()
        if any(_meets(one, others) for one in known[ai].excludes):
            return {"gs1_pairs"}, ()
    return set(), once


def _meets(pattern: str, ais: Sequence[str]) -> bool:
    return any(
        len(ai) == len(pattern)
        and all(want in ("n", have) for want, have in zip(pattern, ai, strict=True))
        for ai in ais
    )


def find_gtin(code: str) -> str | None:
    """The 14 digits of a GTIN-8/12/13/14 or an eight-digit UPC-E, the first that fits."""
    if re.fullmatch("[0-9]{8}|[0-9]{12,14}", code) and has_check(code):
        return code.zfill(14)
    wide = widen_upc_e(code)
    return wide.zfill(14) if wide else None


def find_book_gtin(code: str) -> str | None:
    """The GTIN of an ISBN-10 or of a hyphened ISSN, by weights down to 1 and modulo 11."""
    plain = code.replace("-", "").upper()
    shape = "[0-9]{9}[0-9X]" if len(plain) == 10 else "[0-9]{7}[0-9X]"
    if not re.fullmatch(shape, plain):
        return None
    total = sum(
        (10 if letter == "X" else int(letter)) * (len(plain) - n) for n, letter in enumerate(plain)
    )
    if total % 11:
        return None
    body = ("978" + plain[:9]) if len(plain) == 10 else ("977" + plain[:7] + "00")
    return f"0{body}{check_digit(body)}"
