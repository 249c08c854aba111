"""Small random problems of competing deals: every benefit, slots, limits, rounding, thresholds."""

from __future__ import annotations

from random import Random

from cext.engine.search.problem import Deal, Pieces, Problem, Threshold

MILLION = 1_000_000


def make_problem(
    seed: int, *, uneven: bool = False, beside: bool = False, thresholds_n: int = 0
) -> Problem:
    """A problem that trying all choices can still solve.

    `uneven`: some free pieces are rounded together; `beside`: item prices beside some deals.
    """
    draw = Random(seed)
    pieces = tuple(_make_pieces(draw, uneven=uneven) for _ in range(draw.randint(1, 4)))
    deals = tuple(_make_deal(draw, pieces, beside=beside) for _ in range(draw.randint(1, 3)))
    thresholds = tuple(
        Threshold(
            min_minor=draw.randint(1, 900),
            off=draw.randint(1, 80),
            kinds=tuple(kind for kind in range(len(pieces)) if draw.random() < 0.4),
        )
        for _ in range(thresholds_n)
    )
    return Problem(pieces=pieces, deals=deals, thresholds=thresholds)


def make_crowd(benefit: str, *, uneven: bool, thresholds_n: int) -> Problem:
    """Forty deals over nearly all of sixty kinds of pieces: more than any budget proves."""
    draw = Random(benefit)
    pieces = []
    for _ in range(60):
        count, gross = draw.randint(1, 5), draw.randint(100, 3000)
        table = round_together(gross, count, 130_000) if uneven else ()
        pieces.append(Pieces(count=count, gross=gross, free_saving=table))
    deals = tuple(_join_crowd(draw, benefit, len(pieces)) for _ in range(40))
    total = sum(one.count * one.gross for one in pieces)
    thresholds = tuple(
        Threshold(min_minor=total * (9 - n) // 10, off=2000, kinds=tuple(range(0, 60, n + 1)))
        for n in range(thresholds_n)
    )
    return Problem(pieces=tuple(pieces), deals=deals, thresholds=thresholds)


def _join_crowd(draw: Random, benefit: str, kinds_n: int) -> Deal:
    if benefit == "mixed":
        benefit = draw.choice(["price", "off", "rate", "lowest"])
    need = draw.randint(2, 5)
    values = {
        "price": draw.randint(300, 1500) * need,
        "off": draw.randint(50, 800) * need,
        "rate": draw.randint(50_000, 400_000),
        "lowest": MILLION,
    }
    return Deal(
        benefit="rate" if benefit == "lowest" else benefit,  # type: ignore[arg-type]
        value=values[benefit],
        slot_of=tuple(0 if draw.random() < 0.9 else -1 for _ in range(kinds_n)),
        slots=(need,),
        get_n=1 if benefit == "lowest" else 0,
        uses_max=draw.choice([3, 100]),
    )


def round_together(gross: int, count: int, rate_ppm: int) -> tuple[int, ...]:
    """What 0..count free pieces save at a rate that is rounded once for all of them."""
    return tuple(
        (2 * gross * free * rate_ppm + MILLION) // (2 * MILLION) for free in range(count + 1)
    )


def _make_pieces(draw: Random, *, uneven: bool) -> Pieces:
    gross = draw.choice([draw.randint(1, 12), draw.randint(50, 400)])
    count = draw.randint(1, 3)
    if uneven and draw.random() < 0.5:
        free_saving = round_together(gross, count, draw.randint(1, 400_000))
        return Pieces(count=count, gross=gross, free_saving=free_saving)
    each = draw.randint(0, gross // 2) if draw.random() < 0.5 else 0
    return Pieces(count=count, gross=gross, free_each=each)


def _make_deal(draw: Random, pieces: tuple[Pieces, ...], *, beside: bool) -> Deal:
    values = {
        "price": (1, 300),
        "off": (1, 200),
        "rate": (1, MILLION),
        "amount": (1, 100),
        "unit_price": (0, 200),
        "fixed": (1, 200),
    }
    benefit = draw.choice(list(values))
    slots_n = 1 if benefit == "fixed" else draw.choice([1, 1, 2])
    slots = tuple(draw.randint(1, 3 if slots_n == 1 else 2) for _ in range(slots_n))
    slot_of = [draw.choice([-1, *range(slots_n), *range(slots_n)]) for _ in pieces]
    if benefit == "fixed":
        slot_of[0] = 0
        slots = (1,)
    piece_saving: tuple[int, ...] = ()
    if beside and benefit != "fixed" and draw.random() < 0.5:
        piece_saving = tuple(
            draw.randint(0, one.free_saving[1] if one.free_saving else one.free_each)
            for one in pieces
        )
    return Deal(
        benefit=benefit,  # type: ignore[arg-type]
        value=draw.randint(*values[benefit]),
        slot_of=tuple(slot_of),
        slots=slots,
        gets=tuple(draw.random() < 0.6 for _ in slots) if slots_n > 1 else (),
        get_n=draw.randint(0, slots[0]) if slots_n == 1 and benefit != "fixed" else 0,
        uses_max=draw.choice([0, 1, 1, 2, 100, 100, 100]),
        piece_saving=piece_saving,
    )
