"""Deals alone on their lines, with no item row beside them: settled by a sum.

Nearly every deal of a shop is one. Its pieces go from the dearest down, side by side into the same
use, and no choice saves more:

- A set at a price: the dearest pieces are worth most, and a use is made while it saves anything.
- Some pieces of each use get, its cheapest: before the j-th piece that gets, counted from the
  dearest, come the pieces paid for in every use it takes to have j of them, and here no others do.
  A dearer piece never saves less.

An amount off sets of several prices is the exception: cheap pieces may have to be spread over the
uses, so it goes to the search.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t

from cext.engine.pricing.plan cimport (
    AMOUNT,
    NONE,
    RATE,
    SET_OFF,
    SET_PRICE,
    RowRecord,
    SlotRecord,
)
from cext.engine.pricing.sheet cimport (
    WHY_BEATEN,
    WHY_NOT_REACHED,
    Deal,
    Line,
    Member,
    Sheet,
    lose,
)
from cext.engine.rounding cimport scale_half_up

cdef enum:
    MILLION = 1_000_000
    LINES_LIMIT = 500


# At most 500 lines of 10**6 pieces and 10**11 minor units each: pieces stay below 2**29 and sums
# below 2**46.
@cython.overflowcheck(False)
cdef char settle_lone(Sheet* sheet, Deal* deal, int64_t* pieces_n) noexcept nogil:
    """Choose the uses of a deal, or say why there are none; NOT_LONE: nothing is settled.

    `pieces_n` counts the pieces there were to choose from.
    """
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef const SlotRecord* slot = &sheet.book.slots[row.first]
    cdef Pile piles[LINES_LIMIT]
    cdef Uses uses
    cdef Member* member
    cdef Line* line
    cdef int32_t k = deal.first, open_n = 0, piles_n = 0, i, rest
    if not row.lone or k == NONE:
        return NOT_LONE
    while k != NONE:
        member = &sheet.members[k]
        line = &sheet.lines[member.line]
        if line.members_n != 1 or line.cands_n:
            return NOT_LONE
        member.along = 0
        member.taken = 0
        open_n += line.open_n
        if line.open_n:
            pile_up(piles, piles_n, line.piece, line.open_n, k)
            piles_n += 1
        k = member.next
    deal.times = deal.saving = 0
    if open_n < slot.pieces_n:
        lose(sheet, NONE, deal.row, WHY_NOT_REACHED)
        sheet.losses[sheet.losses_n - 1].missing_n = slot.pieces_n - open_n
        return LONE_LOST
    uses.open_n = open_n
    uses.times_max = deal.uses_max
    if not sum_uses(row, slot, piles, piles_n, &uses):
        return NOT_LONE
    pieces_n[0] += open_n
    deal.times = uses.times
    deal.saving = uses.saving
    if deal.times == 0:
        lose(sheet, NONE, deal.row, WHY_BEATEN)
        return LONE_LOST
    rest = <int32_t>deal.times * slot.pieces_n
    i = 0
    while rest:
        member = &sheet.members[piles[i].at]
        member.taken = min(rest, piles[i].open_n)
        rest -= member.taken
        i += 1
    return LONE_USED


@cython.overflowcheck(False)
cdef void mark_lone(Sheet* sheet, const Deal* deal) noexcept nogil:
    """Tell the lines what a settled deal takes, for those who look at the whole choice."""
    cdef Line* line
    cdef int32_t k = deal.first
    while k != NONE:
        line = &sheet.lines[sheet.members[k].line]
        line.deals_n = 1
        line.taken_n = sheet.members[k].taken
        line.free_each = 0
        line.free_saving = NULL
        line.even = True
        k = sheet.members[k].next


# --- sums over piles, from the dearest down

@cython.overflowcheck(False)
cdef void pile_up(
    Pile* piles, int32_t piles_n, int64_t piece, int32_t open_n, int32_t at
) noexcept nogil:
    """Put a pile where it belongs: the dearest first, a tie in the order they come."""
    cdef int32_t k = piles_n
    while k > 0 and piles[k - 1].piece < piece:
        piles[k] = piles[k - 1]
        k -= 1
    piles[k].piece = piece
    piles[k].open_n = open_n
    piles[k].at = at


@cython.overflowcheck(False)
cdef bint sum_uses(
    const RowRecord* row, const SlotRecord* slot, const Pile* piles, int32_t piles_n, Uses* uses
) noexcept nogil:
    """How often the deal is used, and what all uses save; False where only a search can tell.

    `uses` comes with the pieces there are, enough for one use, and the most uses there may be.
    """
    uses.times = uses.saving = 0
    if piles[0].piece == piles[piles_n - 1].piece:
        uses.saving = save_use(row, slot.pieces_n, piles[0].piece)
        if uses.saving:
            uses.times = count_uses(uses, slot.pieces_n)
            uses.saving *= uses.times
    elif row.benefit == SET_OFF:
        return False
    elif row.benefit == SET_PRICE:
        use_sets(row, slot.pieces_n, piles, piles_n, uses)
    else:
        use_gets(row, slot.pieces_n, piles, uses)
    return True


# A slot has 1 to 1,000 pieces.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t count_uses(const Uses* uses, int32_t size_n) noexcept nogil:
    cdef int64_t times = 1
    if uses.open_n >= 2 * size_n:
        times = <uint32_t>uses.open_n // <uint32_t>size_n
    return min(times, uses.times_max)


# Values and pieces are bounded: 1,000 pieces of at most 10**11.
@cython.overflowcheck(False)
cdef int64_t save_use(const RowRecord* row, int64_t pieces_n, int64_t piece) noexcept nogil:
    """What one use saves on so many pieces of one price, in a deal of one slot."""
    if row.benefit == SET_PRICE:
        return max(pieces_n * piece - row.value, 0)
    if row.benefit == SET_OFF:
        return min(row.value, pieces_n * piece)
    return save_piece(row, piece) * (min(row.get_n, pieces_n) if row.get_n else pieces_n)


@cython.overflowcheck(False)
cdef int64_t save_piece(const RowRecord* row, int64_t piece) noexcept nogil:
    """What a piece saves that gets; a dearer one never less."""
    if row.benefit == RATE:
        return scale_half_up(piece, row.value, MILLION)
    if row.benefit == AMOUNT:
        return min(row.value, piece)
    return max(piece - row.value, 0)


# `size_n` is at least 1.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void use_sets(
    const RowRecord* row, int32_t size_n, const Pile* piles, int32_t piles_n, Uses* uses
) noexcept nogil:
    """Sets at a price, from the dearest down, while one saves anything."""
    cdef int32_t i, rest, some, held_n = 0  # pieces of the use being filled
    cdef int64_t held = 0, saving, times
    for i in range(piles_n):
        rest = piles[i].open_n
        while rest:
            times = 1
            if held_n == 0 and rest >= size_n:
                times = rest // size_n
                saving = size_n * piles[i].piece - row.value
                rest -= <int32_t>times * size_n
            else:
                some = min(size_n - held_n, rest)
                held += some * piles[i].piece
                held_n += some
                rest -= some
                if held_n < size_n:
                    continue
                saving = held - row.value
                held = held_n = 0
            times = min(times, uses.times_max - uses.times)
            if saving <= 0 or times == 0:
                return
            uses.times += times
            uses.saving += times * saving


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void use_gets(
    const RowRecord* row, int32_t size_n, const Pile* piles, Uses* uses
) noexcept nogil:
    """Of each use its cheapest pieces get, and uses go on while those save anything."""
    cdef int32_t get_n = min(row.get_n, size_n) if row.get_n else size_n
    cdef int32_t i = 0, at = 0, end, last = <int32_t>count_uses(uses, size_n) * size_n
    cdef int32_t got_n = 0, getting_n
    cdef int64_t each
    while at < last:
        each = save_piece(row, piles[i].piece)
        if each == 0:
            break
        end = min(at + piles[i].open_n, last)
        getting_n = end // size_n * get_n + max(end % size_n - (size_n - get_n), 0)
        uses.saving += each * (getting_n - got_n)
        got_n = getting_n
        at = end
        i += 1
    # The last use is one of which some piece has got something.
    uses.times = (got_n + get_n - 1) // get_n
