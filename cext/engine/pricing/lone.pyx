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
    DEAL_ROW,
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
    cdef Member* member
    cdef Line* line
    cdef int64_t piece
    cdef int32_t k = deal.first, open_n = 0
    cdef bint level = True
    if deal.shape != DEAL_ROW or row.parts_n != 1 or k == NONE or not slot.gets:
        return NOT_LONE
    piece = sheet.lines[sheet.members[k].line].piece
    while k != NONE:
        member = &sheet.members[k]
        line = &sheet.lines[member.line]
        if line.members_n != 1 or line.cands_n:
            return NOT_LONE
        member.along = 0
        member.taken = 0
        open_n += line.open_n
        level = level and line.piece == piece
        k = member.next
    deal.times = deal.saving = 0
    if open_n < slot.pieces_n:
        lose(sheet, NONE, deal.row, WHY_NOT_REACHED)
        sheet.losses[sheet.losses_n - 1].missing_n = slot.pieces_n - open_n
        return LONE_LOST
    if level:
        use_level(sheet, deal, row, open_n)
    elif row.benefit == SET_OFF:
        return NOT_LONE
    else:
        use_dearest(sheet, deal, row, open_n)
    pieces_n[0] += open_n
    if deal.times == 0:
        lose(sheet, NONE, deal.row, WHY_BEATEN)
        return LONE_LOST
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


# A slot has 1 to 1,000 pieces.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int32_t count_uses(const Deal* deal, int32_t open_n, int32_t size_n) noexcept nogil:
    cdef int32_t times = 1
    if open_n >= 2 * size_n:
        times = <int32_t>(<uint32_t>open_n // <uint32_t>size_n)
    return <int32_t>min(<int64_t>times, deal.uses_max)


# --- pieces of one price

@cython.overflowcheck(False)
cdef void use_level(
    Sheet* sheet, Deal* deal, const RowRecord* row, int32_t open_n
) noexcept nogil:
    """As often as there are pieces, if a use saves anything, from the lines as they stand."""
    cdef int32_t size_n = sheet.book.slots[row.first].pieces_n
    cdef int64_t piece = sheet.lines[sheet.members[deal.first].line].piece
    cdef int64_t saving
    cdef Member* member
    cdef int32_t k = deal.first, rest
    saving = save_use(row, size_n, piece)
    if saving == 0:
        return
    deal.times = count_uses(deal, open_n, size_n)
    deal.saving = deal.times * saving
    rest = <int32_t>deal.times * size_n
    while k != NONE and rest:
        member = &sheet.members[k]
        member.taken = min(rest, sheet.lines[member.line].open_n)
        rest -= member.taken
        k = member.next


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


# --- pieces of several prices

@cython.overflowcheck(False)
cdef void use_dearest(
    Sheet* sheet, Deal* deal, const RowRecord* row, int32_t open_n
) noexcept nogil:
    """Let uses have the dearest pieces, a tie in canonical order."""
    cdef int32_t order[LINES_LIMIT]  # of members, from the dearest down
    cdef int32_t members_n = 0, at, rest
    cdef int32_t size_n = sheet.book.slots[row.first].pieces_n
    cdef int32_t k = deal.first
    cdef int64_t piece
    cdef Member* member
    while k != NONE:
        piece = sheet.lines[sheet.members[k].line].piece
        at = members_n
        while at > 0 and sheet.lines[sheet.members[order[at - 1]].line].piece < piece:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
        members_n += 1
        k = sheet.members[k].next
    if row.benefit == SET_PRICE:
        use_sets(sheet, deal, row, order, members_n)
    else:
        use_gets(sheet, deal, row, order, open_n)
    rest = <int32_t>deal.times * size_n
    at = 0
    while rest:
        member = &sheet.members[order[at]]
        member.taken = min(rest, sheet.lines[member.line].open_n)
        rest -= member.taken
        at += 1


# `size_n` is at least 1.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void use_sets(
    Sheet* sheet, Deal* deal, const RowRecord* row, const int32_t* order, int32_t members_n
) noexcept nogil:
    """Sets at a price, from the dearest down, while one saves anything."""
    cdef int32_t size_n = sheet.book.slots[row.first].pieces_n
    cdef int32_t i, rest, some, held_n = 0  # pieces of the use being filled
    cdef int64_t held = 0, saving, times
    cdef const Line* line
    for i in range(members_n):
        line = &sheet.lines[sheet.members[order[i]].line]
        rest = line.open_n
        while rest:
            times = 1
            if held_n == 0 and rest >= size_n:
                times = rest // size_n
                saving = size_n * line.piece - row.value
                rest -= <int32_t>times * size_n
            else:
                some = min(size_n - held_n, rest)
                held += some * line.piece
                held_n += some
                rest -= some
                if held_n < size_n:
                    continue
                saving = held - row.value
                held = held_n = 0
            times = min(times, deal.uses_max - deal.times)
            if saving <= 0 or times == 0:
                return
            deal.times += times
            deal.saving += times * saving


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void use_gets(
    Sheet* sheet, Deal* deal, const RowRecord* row, const int32_t* order, int32_t open_n
) noexcept nogil:
    """Of each use its cheapest pieces get, and uses go on while those save anything."""
    cdef int32_t size_n = sheet.book.slots[row.first].pieces_n
    cdef int32_t get_n = min(row.get_n, size_n) if row.get_n else size_n
    cdef int32_t i = 0, at = 0, end, last = count_uses(deal, open_n, size_n) * size_n
    cdef int32_t got_n = 0, getting_n
    cdef int64_t each
    cdef const Line* line
    while at < last:
        line = &sheet.lines[sheet.members[order[i]].line]
        each = save_piece(row, line.piece)
        if each == 0:
            break
        end = min(at + line.open_n, last)
        getting_n = end // size_n * get_n + max(end % size_n - (size_n - get_n), 0)
        deal.saving += each * (getting_n - got_n)
        got_n = getting_n
        at = end
        i += 1
    # The last use is one of which some piece has got something.
    deal.times = (got_n + get_n - 1) // get_n
