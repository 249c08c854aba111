"""What a tier saves on the lines it takes: all of its set that no pass has touched, or nothing."""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.parts cimport Part, price_part, save
from cext.engine.pricing.plan cimport NONE, STEPS_LIMIT, UNIT_PRICE, RowRecord, StepRecord
from cext.engine.rounding cimport share_few
from cext.engine.pricing.sheet cimport Cand, Deal, Line, Member, Sheet

cdef enum:
    PIECE = 1000


@cython.overflowcheck(False)
cdef void set_part(const Line* line, int32_t pieces_n, Part* part) noexcept nogil:
    """So many pieces of a line, or the whole of it, free and only looked at."""
    part.times = 0
    part.beside = NULL
    if line.pieces:
        part.quantity = <int64_t>pieces_n * PIECE
        part.gross = pieces_n * line.piece
    else:
        part.quantity = line.quantity
        part.gross = line.gross


@cython.overflowcheck(False)
cdef void price_tier(Sheet* sheet, Deal* deal) noexcept nogil:
    """Fill in what item rows and the tier save on each line; the deal is worth both together.

    Nothing where the quantity does not reach the first step, or the tier itself saves nothing.
    """
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef const StepRecord* steps = &sheet.book.steps[row.first]
    cdef Member* member
    cdef Part part
    cdef int64_t total = 0, own = 0
    cdef int32_t k = deal.first, step = 0
    deal.value = 0
    while k != NONE:
        member = &sheet.members[k]
        member.along = member.saving = 0
        if sheet.lines[member.line].open_n:
            look_along(sheet, deal, member, &part)
            total += part.quantity
        k = member.next
    if row.marginal:
        fill_steps(sheet, deal)
    else:
        while step + 1 < row.parts_n and steps[step + 1].min_quantity <= total:
            step += 1
    k = deal.first
    while k != NONE:
        member = &sheet.members[k]
        if sheet.lines[member.line].open_n:
            if not row.marginal:
                set_part(&sheet.lines[member.line], sheet.lines[member.line].open_n, &part)
                member.saving = save_step(
                    &sheet.lines[member.line], row, steps[step].value, &part,
                    part.gross - member.along,
                )
            own += member.saving
            deal.value += member.saving + member.along
        k = member.next
    if own == 0:
        deal.value = 0


cdef void look_along(Sheet* sheet, Deal* deal, Member* member, Part* part) noexcept nogil:
    """What the item rows beside the tier save on all that the tier takes of a line."""
    cdef Line* line = &sheet.lines[member.line]
    set_part(line, line.open_n, part)
    part.turn = deal.turn
    part.beside = deal
    member.along = price_part(sheet, line, part)


@cython.overflowcheck(False)
cdef int64_t save_step(
    const Line* line, const RowRecord* row, int64_t value, const Part* part, int64_t left
) noexcept nogil:
    """As an item row would, of what is left; a price is measured from what is left, too."""
    cdef Cand cand
    cdef int64_t to_pay
    cand.benefit = row.benefit
    cand.value = value
    if row.benefit != UNIT_PRICE:
        return save(line, &cand, part, left)
    to_pay = part.gross - save(line, &cand, part, part.gross)
    return max(0, left - to_pay)


@cython.overflowcheck(False)
cdef void fill_steps(Sheet* sheet, Deal* deal) noexcept nogil:
    """Marginal: the dearest goods fill the steps from below, each part at its own step."""
    cdef int64_t* order = sheet.bases
    cdef int64_t filled = 0
    cdef Py_ssize_t n = 0, at
    cdef int32_t k = deal.first
    cdef Line* line
    while k != NONE:
        line = &sheet.lines[sheet.members[k].line]
        if line.open_n:
            at = n
            while at > 0 and is_dearer(line, &sheet.lines[sheet.members[order[at - 1]].line]):
                order[at] = order[at - 1]
                at -= 1
            order[at] = k
            n += 1
        k = sheet.members[k].next
    for at in range(n):
        filled += fill_line(sheet, deal, &sheet.members[order[at]], filled)


@cython.overflowcheck(False)
cdef bint is_dearer(const Line* one, const Line* other) noexcept nogil:
    # Prices and `per` are below 2**30: their products fit.
    return <int64_t>one.price * other.per > <int64_t>other.price * one.per


@cython.overflowcheck(False)
cdef int64_t fill_line(Sheet* sheet, Deal* deal, Member* member, int64_t filled) noexcept nogil:
    """What the steps save on one line that lies above `filled`; its quantity."""
    cdef const RowRecord* row = &sheet.book.rows[deal.row]
    cdef const StepRecord* steps = &sheet.book.steps[row.first]
    cdef Line* line = &sheet.lines[member.line]
    cdef int64_t lengths[STEPS_LIMIT + 1]
    cdef int64_t lefts[STEPS_LIMIT + 1]
    cdef int64_t grosses[STEPS_LIMIT + 1]
    cdef int64_t begin, end
    cdef int32_t step, parts_n = 0, steps_n = 0
    cdef int32_t step_of[STEPS_LIMIT + 1]
    cdef Part part
    set_part(line, line.open_n, &part)
    for step in range(-1, row.parts_n):
        begin = steps[step].min_quantity if step >= 0 else 0
        end = filled + part.quantity
        if step + 1 < row.parts_n:
            end = min(end, steps[step + 1].min_quantity)
        begin = max(begin, filled)
        if end > begin:
            lengths[parts_n] = end - begin
            step_of[parts_n] = step
            parts_n += 1
    share_few(part.gross - member.along, lengths, parts_n, lefts)
    share_few(part.gross, lengths, parts_n, grosses)
    filled = part.quantity
    member.saving = 0
    for steps_n in range(parts_n):
        if step_of[steps_n] >= 0:
            part.quantity = lengths[steps_n]
            part.gross = grosses[steps_n]
            member.saving += save_step(
                line, row, steps[step_of[steps_n]].value, &part, lefts[steps_n]
            )
    return filled
