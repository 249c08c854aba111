"""The item price of a part of a line.

Who goes with whom: of exclusive rows one. Of the others, together: of each group the `best` row
that saves most, then all that `stack`; apart: the better of the single best row and all that stack.
A part in a deal has only those rows that go with the deal.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport BEST, EXCLUSIVE, NONE, RATE, STACK, UNIT_PRICE
from cext.engine.rounding cimport scale_half_up
from cext.engine.pricing.sheet cimport Cand, Deal, Line, Sheet

cdef enum:
    MILLION = 1_000_000


# Prices are at most 10**9 and amounts 10**11, checked on the way in: no difference overflows.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t save(
    const Line* line, const Cand* cand, const Part* part, int64_t left
) noexcept nogil:
    """What the row takes off a part of which `left` is left to pay; 0 where it does not lower it.

    A price offer on a label is in proportion: the label counts as printed at the price in force.
    """
    cdef int64_t saving
    if cand.benefit == RATE:
        saving = scale_half_up(left, cand.value, MILLION)
    elif line.label >= 0:
        if line.price == 0:
            return 0
        saving = line.price - cand.value if cand.benefit == UNIT_PRICE else cand.value
        saving = min(max(saving, 0), <int64_t>line.price)
        saving = scale_half_up(part.gross, saving, line.price)
    else:
        saving = scale_half_up(cand.value, part.quantity, line.per)
        if cand.benefit == UNIT_PRICE:
            saving = max(part.gross - saving, 0)
    return min(saving, left)


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint is_even(
    const Line* line, const Cand* cand, const Part* part, int64_t left
) noexcept nogil:
    """Whether nothing is rounded: then k such parts together save k times as much."""
    if cand.benefit == RATE:
        return left * cand.value % MILLION == 0
    return line.label < 0 and cand.value * part.quantity % line.per == 0


cdef int64_t price_part(Sheet* sheet, const Line* line, Part* part) noexcept nogil:
    """What the rows of the pass save on the part; with `times`, they have taken it."""
    cdef Cand* cands = sheet.cands + line.first
    part.even = True
    if line.cands_n == 0:
        return 0
    if line.cands_n == 1 and part.beside == NULL:
        if cands.turn != part.turn:
            return 0
        return apply(line, cands, part, part.gross)
    choose(sheet.book.apart, line, cands, part)
    return apply_all(line, cands, part)


@cython.overflowcheck(False)
cdef void choose(bint apart, const Line* line, Cand* cands, Part* part) noexcept nogil:
    """Mark the rows that win."""
    cdef const Deal* beside = part.beside
    cdef Cand* cand
    cdef int32_t i
    cdef bint alone = False
    for i in range(line.cands_n):
        cand = &cands[i]
        cand.wins = False
        if cand.turn != part.turn:
            continue
        if cand.conflict == STACK:
            # Beside a deal that stands for itself apart, nothing goes.
            cand.wins = not (apart and beside != NULL and beside.conflict == BEST)
            continue
        if beside != NULL:
            if beside.conflict == EXCLUSIVE:
                continue
            if apart or (beside.conflict == BEST and beside.group == cand.group):
                continue
        cand.worth = save(line, cand, part, part.gross)
        part.even = part.even and is_even(line, cand, part, part.gross)
        alone = alone or apart or cand.conflict == EXCLUSIVE
        contend(cands, i, alone)
    if apart and beside == NULL:
        settle_apart(line, cands, part)


cdef void contend(Cand* cands, int32_t at, bint alone) noexcept nogil:
    """Let one row compete with those before it: of its group, or with all of them."""
    cdef Cand* cand = &cands[at]
    cdef Cand* other
    cdef int32_t i
    for i in range(at):
        other = &cands[i]
        if not other.wins or other.conflict == STACK or other.turn != cand.turn:
            continue
        if not alone and other.group != cand.group:
            continue
        if cand.worth <= other.worth:
            return
        other.wins = False
        break
    cand.wins = True


@cython.overflowcheck(False)
cdef void settle_apart(const Line* line, Cand* cands, Part* part) noexcept nogil:
    """Keep either the single best row or all that stack, whichever saves more."""
    cdef Cand* single = NULL
    cdef int64_t left = part.gross
    cdef int32_t i
    for i in range(line.cands_n):
        if not cands[i].wins:
            continue
        if cands[i].conflict != STACK:
            single = &cands[i]
        else:
            part.even = part.even and is_even(line, &cands[i], part, left)
            left -= save(line, &cands[i], part, left)
    if single == NULL or single.conflict == EXCLUSIVE:
        return
    if single.worth >= part.gross - left:
        for i in range(line.cands_n):
            cands[i].wins = cands[i].wins and cands[i].conflict != STACK
    else:
        single.wins = False


@cython.overflowcheck(False)
cdef int64_t apply_all(const Line* line, Cand* cands, Part* part) noexcept nogil:
    """First the winners of groups, then what stacks, each in order of rank."""
    cdef int64_t left = part.gross
    cdef int32_t i, stage
    for stage in range(2):
        for i in range(line.cands_n):
            if cands[i].wins and (cands[i].conflict == STACK) == (stage == 1):
                left -= apply(line, &cands[i], part, left)
    return part.gross - left


@cython.overflowcheck(False)
cdef int64_t apply(const Line* line, Cand* cand, Part* part, int64_t left) noexcept nogil:
    cdef int64_t saving = save(line, cand, part, left)
    if part.times:
        cand.starved = cand.starved or left == 0
        cand.taken += saving * part.times
    else:
        part.even = part.even and is_even(line, cand, part, left)
    return saving
