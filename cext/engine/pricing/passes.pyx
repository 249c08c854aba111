"""The passes over a basket: exclusive offers by priority, then the others, together or apart.

In each pass the deals and tiers choose their pieces, then what is free gets its item price. What
follows from the sum of the basket comes last, on what is left.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.deals cimport SETTLED, TAIL_RAN, TOO_MANY_PIECES, settle_deals
from cext.engine.pricing.opening cimport count_scans, find_state
from cext.engine.pricing.parts cimport Part, price_part, save
from cext.engine.pricing.plan cimport NONE
from cext.engine.pricing.sheet cimport (
    IS_OPEN,
    IS_SILENT,
    IS_USED_UP,
    WHY_BEATEN,
    WHY_NOT_APPLICABLE,
    WHY_USED_UP,
    Cand,
    Deal,
    Line,
    Sheet,
    Taking,
    lose,
)
from cext.engine.tail.tail cimport tail_run
from cext.engine.tail.tail_work cimport (
    TAIL_LIMIT_REACHED,
    TAIL_NOT_APPLICABLE,
    TAIL_OPEN,
    TAIL_SILENT,
    TailLine,
    TailTouched,
    TailWork,
    tail_touch,
)
from cext.engine.pricing.tiers cimport set_part


# Positions and counts of one basket: at most 500 lines, and entries that were counted.
@cython.overflowcheck(False)
cdef int touch_tail(Sheet* sheet) except -1 nogil:
    """Find the basket rows that see this basket, and which of them are open."""
    cdef Py_ssize_t i
    cdef Line* line
    cdef TailLine* mine
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        mine = &sheet.tail_lines[i]
        mine.gross = line.gross
        mine.quantity = line.quantity
        mine.item = line.item
        mine.pieces = line.pieces
    tail_touch(
        &sheet.tail, sheet.tail_lines, sheet.lines_n, sheet.scanned, sheet.scanned_n
    )
    ask_rows(sheet, &sheet.tail)
    return 0


@cython.overflowcheck(False)
cdef void ask_rows(Sheet* sheet, TailWork* work) noexcept nogil:
    """Say of each basket row that was touched whether its offer is open, and how often."""
    cdef Py_ssize_t i
    cdef TailTouched* touched
    cdef int32_t offer
    cdef char state
    for i in range(work.touched_n):
        touched = &work.touched[i]
        offer = sheet.book.rows[touched.row].offer
        state = find_state(sheet, offer, &touched.uses_max)
        if state == IS_OPEN:
            touched.closed = TAIL_OPEN
        elif state == IS_USED_UP:
            touched.closed = TAIL_LIMIT_REACHED
        else:
            touched.closed = TAIL_SILENT if state == IS_SILENT else TAIL_NOT_APPLICABLE
        touched.scans = 0
        if sheet.book.offers[offer].coupon != NONE:
            touched.scans = count_scans(sheet, sheet.book.offers[offer].coupon)


@cython.overflowcheck(False)
cdef int settle(Sheet* sheet) except -2 nogil:
    """Everything offers take, written down; 1 when deals have too many pieces to choose from."""
    cdef Py_ssize_t i
    cdef int found = SETTLED
    if sheet.deals_n:
        rank_deals(sheet)
    for i in range(sheet.turns_n):
        if sheet.deals_n:
            found = settle_deals(sheet, sheet.turns[i])
            if found == TOO_MANY_PIECES:
                return 1
        if sheet.cands_n:
            settle_items(sheet, sheet.turns[i])
    if sheet.cands_n:
        for i in range(sheet.lines_n):
            write_items(sheet, <int32_t>i)
    if sheet.deal_takings_n:
        write_deals(sheet)
    if sheet.tail.touched_n:
        settle_tail(sheet, found == TAIL_RAN)
    else:
        sheet.tail.takings_n = sheet.tail.losses_n = sheet.tail.uses_n = sheet.tail.gifts_n = 0
        sheet.tail.points_n = 0
    sheet.proven = sheet.gap == 0
    return 0


@cython.overflowcheck(False)
cdef void rank_deals(Sheet* sheet) noexcept nogil:
    """Sort by insertion: lines come by item and rows by rank, so that most are in place."""
    cdef Py_ssize_t i, k
    for i in range(sheet.deals_n):
        k = i
        while k > 0 and sheet.deals[sheet.ranked[k - 1]].row > sheet.deals[i].row:
            sheet.ranked[k] = sheet.ranked[k - 1]
            k -= 1
        sheet.ranked[k] = <int32_t>i


@cython.overflowcheck(False)
cdef void settle_items(Sheet* sheet, int64_t turn) noexcept nogil:
    """The item price of everything free; what it lowers is no later pass's."""
    cdef Py_ssize_t i
    cdef Line* line
    cdef Part part
    cdef int64_t saving
    for i in range(sheet.lines_n):
        line = &sheet.lines[i]
        if line.open_n == 0 or line.cands_n == 0:
            continue
        set_part(line, line.open_n, &part)
        part.turn = turn
        part.times = 1
        saving = price_part(sheet, line, &part)
        if saving:
            line.left -= saving
            line.open_n = 0


@cython.overflowcheck(False)
cdef void write_items(Sheet* sheet, int32_t at) noexcept nogil:
    """What each item row took of a line, or why it took nothing."""
    cdef Line* line = &sheet.lines[at]
    cdef Cand* cand
    cdef Taking* taking
    cdef Part part
    cdef int32_t k
    for k in range(line.first, line.first + line.cands_n):
        cand = &sheet.cands[k]
        if cand.taken:
            taking = &sheet.takings[sheet.takings_n]
            taking.amount = cand.taken
            taking.line = at
            taking.row = cand.row
            sheet.takings_n += 1
            continue
        set_part(line, line.pieces, &part)
        if save(line, cand, &part, part.gross) == 0:
            lose(sheet, at, cand.row, WHY_NOT_APPLICABLE)
        else:
            lose(sheet, at, cand.row, WHY_USED_UP if cand.starved else WHY_BEATEN)


@cython.overflowcheck(False)
cdef void write_deals(Sheet* sheet) noexcept nogil:
    """What deals took comes after what item rows took, by rank; passes are in order already."""
    cdef Taking* first = &sheet.takings[sheet.takings_n]
    cdef Py_ssize_t i, k
    for i in range(sheet.deal_takings_n):
        k = i
        while k > 0 and first[k - 1].row > sheet.deal_takings[i].row:
            first[k] = first[k - 1]
            k -= 1
        first[k] = sheet.deal_takings[i]
    sheet.takings_n += sheet.deal_takings_n


@cython.overflowcheck(False)
cdef void settle_tail(Sheet* sheet, bint ran) noexcept nogil:
    """What the tail takes off the lines, unless the last pass has run it already."""
    cdef Py_ssize_t i
    if not ran:
        for i in range(sheet.lines_n):
            sheet.lefts[i] = sheet.lines[i].left
        tail_run(&sheet.tail, sheet.lefts, True)
    for i in range(sheet.tail.takings_n):
        sheet.lines[sheet.tail.takings[i].line].left -= sheet.tail.takings[i].amount
