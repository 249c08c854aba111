"""Which offers are open to a basket, and on which of its lines."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t

from cext.engine.pricing.plan cimport NONE, BookRecord, ItemRecord, RowRecord
from cext.engine.pricing.sheet cimport Asked, Cand, Line, Sheet
from cext.engine.rounding cimport scale_half_up

cdef enum:
    PIECE = 1000

cdef int open_lines(Sheet* sheet) except -2 nogil
cdef int32_t find_price(
    const BookRecord* book, const Asked* asked, const ItemRecord* item
) noexcept nogil
cdef void insert_turn(Sheet* sheet, int64_t turn) noexcept nogil
cdef int32_t count_scans(Sheet* sheet, int32_t coupon) noexcept nogil
cdef char find_state(Sheet* sheet, int32_t offer, int64_t* uses_max) noexcept nogil


# Done for each line or row of every basket, by two rooms.

# Prices, quantities and `per` were bounded on the way in: a quantity fits 32 bits.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef inline bint price_line(Sheet* sheet, Line* line) noexcept nogil:
    """The price in force and the gross of a line; True when it is beyond all reason."""
    cdef const ItemRecord* item = &sheet.book.items[line.item]
    cdef uint32_t quantity = <uint32_t>line.quantity
    line.price = item.price
    line.per = item.per
    if item.first_price != NONE:
        line.price = find_price(sheet.book, &sheet.asked, item)
    line.pieces = 0
    if line.amount >= 0:
        line.gross = line.amount
    elif line.label >= 0:
        line.gross = line.label
    elif line.per == PIECE and quantity % PIECE == 0:
        # Nearly every line: so many pieces at so much each, and nothing to divide by.
        line.gross = <int64_t>line.price * (quantity // PIECE)
        if item.is_piece and not line.overridden:
            line.pieces = <int32_t>(quantity // PIECE)
            line.piece = line.price
    else:
        line.gross = scale_half_up(line.price, line.quantity, line.per)
        if not line.overridden and item.is_piece and line.quantity % PIECE == 0:
            if <int64_t>line.price * PIECE % line.per == 0:
                line.pieces = <int32_t>(line.quantity // PIECE)
                line.piece = <int64_t>line.price * PIECE // line.per
    line.left = line.gross
    line.open_n = 0 if line.overridden else max(line.pieces, 1)
    line.first = <int32_t>sheet.cands_n
    line.first_member = <int32_t>sheet.members_n
    line.cands_n = line.members_n = 0
    return line.gross > <int64_t>100_000_000_000


@cython.overflowcheck(False)
cdef inline void add_turn(Sheet* sheet, int64_t turn) noexcept nogil:
    """Keep the turns of the passes in order, each once; nearly always there is only one."""
    if sheet.turns_n == 0 or sheet.turns[0] != turn:
        insert_turn(sheet, turn)


@cython.overflowcheck(False)
cdef inline void add_cand(
    Sheet* sheet, Line* line, const RowRecord* row, int32_t number
) noexcept nogil:
    cdef Cand* cand = &sheet.cands[sheet.cands_n]
    cand.value = row.value
    cand.turn = row.turn
    cand.taken = 0
    cand.row = number
    cand.group = row.group
    cand.benefit = row.benefit
    cand.conflict = row.conflict
    cand.starved = False
    sheet.cands_n += 1
    line.cands_n += 1
    add_turn(sheet, row.turn)
