"""Sound GS1 values and messages of every AI, made from the dictionary as the oracle reads it."""

from __future__ import annotations

import random
from collections.abc import Callable

from cext.engine.codes.iso import COUNTRIES, CURRENCIES
from tests.oracle.codes import (
    ORDER_82,
    PAIR_LETTERS,
    Elements,
    Identifier,
    Part,
    check_digit,
    load_identifiers,
)

GS = "\x1d"
_LETTERS = {
    "N": "0123456789",
    "X": ORDER_82,
    "Y": "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "Z": "-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}


def _pair(body: str) -> str:
    primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79]
    primes.append(83)
    letters = zip(reversed(body), primes, strict=False)
    total = sum(ORDER_82.index(one) * prime for one, prime in letters) % 1021
    return PAIR_LETTERS[total >> 5] + PAIR_LETTERS[total & 31]


def _sized(rng: random.Random, low: int, high: int, more: int = 0) -> str:
    size = rng.randint(low, high)
    return str(size) + "".join(rng.choices("0123456789", k=size + more))


def _iban(rng: random.Random) -> str:
    body = "".join(rng.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=18))
    number = "".join(str(int(letter, 36)) for letter in body + "DE00")
    return f"DE{98 - int(number) % 97:02d}{body}"


def _day(rng: random.Random, low: int) -> str:
    return f"{rng.randint(0, 99):02d}{rng.randint(1, 12):02d}{rng.randint(low, 28):02d}"


_WRITTEN: dict[str, Callable[[random.Random], str]] = {
    "yymmd0": lambda rng: _day(rng, 0),
    "yymmdd": lambda rng: _day(rng, 1),
    "yyyymmdd": lambda rng: f"{rng.randint(19, 20)}{_day(rng, 1)}",
    "hhmi": lambda rng: f"{rng.randint(0, 23):02d}{rng.randint(0, 59):02d}",
    "hh": lambda rng: f"{rng.randint(0, 23):02d}",
    "mi": lambda rng: f"{rng.randint(0, 59):02d}",
    "ss": lambda rng: f"{rng.randint(0, 59):02d}",
    "iso3166": lambda rng: rng.choice(COUNTRIES.split())[2:],
    "iso3166999": lambda rng: rng.choice(["999", "156", "004"]),
    "iso3166alpha2": lambda rng: rng.choice(COUNTRIES.split())[:2],
    "iso4217": lambda rng: rng.choice(CURRENCIES.split())[3:],
    "iso5218": lambda rng: rng.choice("0129"),
    "zero": lambda _: "0",
    "yesno": lambda rng: rng.choice("01"),
    "hyphen": lambda _: "-",
    "mediatype": lambda rng: rng.choice(["01", "10", "80", "99"]),
    "posinseqslash": lambda rng: rng.choice(["1/1", "2/3", "9/9"]),
    "winding": lambda rng: rng.choice("019"),
    "pieceoftotal": lambda rng: rng.choice(["0101", "0299", "5050"]),
    "latitude": lambda rng: f"{rng.randint(0, 1_800_000_000):010d}",
    "longitude": lambda rng: f"{rng.randint(0, 3_600_000_000):010d}",
    "couponcode": lambda rng: (
        _sized(rng, 0, 6, 12) + _sized(rng, 1, 5) + _sized(rng, 1, 5) + "0123"
    ),
    "couponposoffer": lambda rng: (
        rng.choice("01") + _sized(rng, 0, 6, 6) + "123456" + _sized(rng, 0, 9, 6)
    ),
    "iban": _iban,
    "importeridx": lambda rng: rng.choice("-_0Aa"),
}


def make_part(part: Part, rng: random.Random) -> str:
    """A sound text for one component."""
    for linter in part.linters:
        if linter in _WRITTEN:
            return _WRITTEN[linter](rng)
    size = rng.randint(max(part.low_n, 1), part.high_n)
    letters = [rng.choice(_LETTERS[part.letters]) for _ in range(size)]
    if "pcenc" in part.linters:
        letters = [letter for letter in letters if letter != "%"] or ["a"]
        letters[-1:] = ["%2F"] if size > 4 and len(letters) <= part.high_n - 2 else letters[-1:]
    if "gcppos1" in part.linters or "gcppos2" in part.linters:
        letters[:5] = rng.choices("0123456789", k=5)
    if "nonzero" in part.linters or "nozeroprefix" in part.linters:
        letters[0] = "7"
    if "hasnondigit" in part.linters:
        letters[5:6] = ["A"]
    text = "".join(letters)
    if "csumalpha" in part.linters:
        text = text[: part.high_n - 2]
        return text + _pair(text)
    return text[:-1] + str(check_digit(text[:-1])) if "csum" in part.linters else text


def make_value(identifier: Identifier, rng: random.Random) -> str:
    """A sound value of one AI; optional components are there half of the time."""
    value = ""
    for part in identifier.parts:
        if part.optional and rng.random() < 0.5:
            break
        value += make_part(part, rng)
    return value


def find_company(ai: str, rng: random.Random) -> list[str] | None:
    """`ai` and other AIs with which it makes a message that has all it needs; None if none can."""
    return _complete([ai], rng, depth=6)


def _complete(ais: list[str], rng: random.Random, *, depth: int) -> list[str] | None:
    known = load_identifiers()
    for ai in ais:
        others = [other for other in ais if other != ai]
        if any(_fits(pattern, other) for pattern in known[ai].excludes for other in others):
            return None
    for ai in ais:
        others = [other for other in ais if other != ai]
        for groups in known[ai].needs:
            if any(all(any(_fits(p, o) for o in others) for p in group) for group in groups):
                continue
            for group in rng.sample(groups, len(groups)) if depth else ():
                added = [rng.choice([one for one in known if _fits(p, one)]) for p in group]
                found = _complete(list(dict.fromkeys([*ais, *added])), rng, depth=depth - 1)
                if found is not None:
                    return found
            return None
    return ais


def _fits(pattern: str, ai: str) -> bool:
    return len(ai) == len(pattern) and all(
        want in ("n", have) for want, have in zip(pattern, ai, strict=True)
    )


def make_message(ai: str, rng: random.Random) -> Elements:
    """A sound message with `ai` in it."""
    ais = find_company(ai, rng)
    assert ais is not None, ai
    known = load_identifiers()
    return tuple((one, make_value(known[one], rng)) for one in ais)


def write_elements(elements: Elements, separator: str = GS) -> str:
    """The element string of a message, with a separator wherever one is needed."""
    known = load_identifiers()
    text = ""
    for n, (ai, value) in enumerate(elements, 1):
        text += ai + value + ("" if known[ai].fixed or n == len(elements) else separator)
    return text


def write_bracketed(elements: Elements) -> str:
    """The same as people read it."""
    return "".join(
        f"({ai})" + value.replace("(", r"\(").replace(")", r"\)") for ai, value in elements
    )
