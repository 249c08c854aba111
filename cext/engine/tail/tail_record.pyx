"""What a run writes down: takings, uses, gifts, and why each other offer did nothing."""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.tail.tail_due cimport Due, find_step, get_seen, measure
from cext.engine.tail.tail_plan cimport (
    BEARS,
    NOT_BEARS,
    NOT_SEEN,
    SEEN,
    UNIT_PRICE,
    TailBook,
    TailRow,
    TailStep,
)
from cext.engine.tail.tail_work cimport (
    TAIL_LIMIT_REACHED,
    TAIL_NOT_APPLICABLE,
    TAIL_OPEN,
    TAIL_SILENT,
    TAIL_WHY_LIMIT_REACHED,
    TAIL_WHY_NOT_APPLICABLE,
    TAIL_WHY_NOT_REACHED,
    TAIL_WHY_USED_UP,
    TailGift,
    TailLoss,
    TailRival,
    TailSlot,
    TailTaking,
    TailTouched,
    TailWork,
)

cdef char NOT_LOST = -1


# Its counts are bounded by the room cut for them.
@cython.overflowcheck(False)
cdef void note_parts(
    TailWork* work, const int32_t* members, int32_t members_n, int32_t k, bint pieces
) noexcept nogil:
    """Add a use to what a rival's k-th row took of each line, with its pieces if it counts them."""
    cdef Py_ssize_t at = k * work.lines_n
    cdef int32_t i
    for i in range(members_n):
        work.taken[at + members[i]] += work.parts[i]
        if pieces and work.parts[i]:
            work.took[at + members[i]] += work.counts[i]


# No more takings than lines of each row.
@cython.overflowcheck(False)
cdef void note_once(
    TailWork* work, const int32_t* members, int32_t members_n, int32_t row
) noexcept nogil:
    """Write down the only use of the only row of an offer at once."""
    cdef TailTaking* taking
    cdef int32_t i
    for i in range(members_n):
        taking = &work.takings[work.takings_n]
        taking.amount = work.parts[i]
        taking.pieces_n = 0
        taking.line = members[i]
        taking.row = row
        work.takings_n += work.parts[i] != 0


@cython.overflowcheck(False)
cdef void note_gift(TailWork* work, const TailSlot* slot, const Due* due) noexcept nogil:
    cdef TailGift* gift = &work.gifts[work.gifts_n]
    gift.pieces_n = due.gives
    gift.price_minor = due.value if slot.row.benefit == UNIT_PRICE else 0
    gift.row = slot.row.number
    work.gifts_n += 1


@cython.overflowcheck(False)
cdef void note_rival(TailWork* work, TailRival* rival, bint lone) noexcept nogil:
    """Write down what an offer took and gave at its turn, or why it did not."""
    cdef TailSlot* slot
    cdef TailTaking* taking
    cdef int32_t k
    cdef Py_ssize_t i, at
    cdef bint idle = True
    for k in range(rival.slots_n):
        slot = &rival.slots[k]
        if slot.used == 0:
            continue
        idle = False
        if slot.booked:
            work.uses[work.uses_n].times = slot.booked
            work.uses[work.uses_n].row = slot.row.number
            work.uses_n += 1
        if rival.once:
            continue
        for i in range(work.lines_n):
            at = k * work.lines_n + i
            if work.taken[at]:
                taking = &work.takings[work.takings_n]
                taking.amount = work.taken[at]
                taking.pieces_n = work.took[at]
                taking.line = <int32_t>i
                taking.row = slot.row.number
                work.takings_n += 1
    if idle and lone:
        explain(work, rival)
    elif idle:
        blame(rival, TAIL_WHY_USED_UP)


@cython.overflowcheck(False)
cdef void blame(TailRival* rival, char why) noexcept nogil:
    cdef int32_t k
    for k in range(rival.slots_n):
        rival.slots[k].used = 0
        rival.slots[k].why = why
        rival.slots[k].missing_minor = rival.slots[k].missing_n = 0


@cython.overflowcheck(False)
cdef void explain(TailWork* work, TailRival* rival) noexcept nogil:
    """Why each row of an offer takes nothing as the lines are now."""
    cdef TailSlot* slot
    cdef int64_t seen
    cdef int32_t k
    blame(rival, TAIL_WHY_NOT_APPLICABLE)
    for k in range(rival.slots_n):
        slot = &rival.slots[k]
        seen = get_seen(slot, work.now)
        if find_step(slot, seen) < 0:
            slot.why = TAIL_WHY_NOT_REACHED
            slot.missing_minor = max(<int64_t>0, slot.row.steps.min_minor - seen)
            slot.missing_n = count_missing(slot.row.steps, slot.quantity)
        elif could_take(work, slot):
            slot.why = TAIL_WHY_USED_UP


@cython.overflowcheck(False)
cdef bint could_take(TailWork* work, TailSlot* slot) noexcept nogil:
    """Whether it would take something of the lines as scanned, and of all the points."""
    cdef Due due
    cdef int64_t points = work.points_left
    cdef Py_ssize_t i
    for i in range(work.lines_n):
        work.alone[i] = work.lines[i].gross
    if work.folded:
        work.alone[0] = work.goods_gross
    work.points_left = work.points_max
    measure(work, slot, work.alone, &due)
    work.points_left = points
    return due.amount > 0 or due.instead > 0 or due.gives > 0


@cython.cdivision(True)
@cython.overflowcheck(False)
cdef int64_t count_missing(const TailStep* step, int64_t quantity) noexcept nogil:
    """Pieces up to the step, a part of one counted as a whole one."""
    return (max(quantity, step.min_quantity) - quantity + 999) // 1000


@cython.overflowcheck(False)
cdef void note_losses(TailWork* work) noexcept nogil:
    """One loss for each offer that did nothing at any stage: what its first row with one says."""
    cdef Py_ssize_t i = 0
    cdef int32_t offer
    cdef bint used
    cdef TailLoss* loss
    while i < work.touched_n:
        offer = work.book.rows[work.touched[i].at].offer
        used = False
        loss = &work.losses[work.losses_n]
        loss.why = NOT_LOST
        while i < work.touched_n and work.book.rows[work.touched[i].at].offer == offer:
            used |= read_loss(work, &work.touched[i], loss)
            i += 1
        if loss.why != NOT_LOST and not used:
            work.losses_n += 1


cdef bint read_loss(TailWork* work, const TailTouched* touched, TailLoss* loss) noexcept nogil:
    """Write down why a row was not used, unless another row has said so; True when it was."""
    cdef const TailRow* row = &work.book.rows[touched.at]
    cdef const TailSlot* slot
    if touched.slot >= 0 and work.slots[touched.slot].used:
        return True
    if loss.why != NOT_LOST or touched.closed == TAIL_SILENT:
        return False
    loss.row = touched.row
    loss.missing_minor = loss.missing_n = 0
    if touched.slot >= 0:
        slot = &work.slots[touched.slot]
        loss.why = slot.why
        loss.missing_minor = slot.missing_minor
        loss.missing_n = slot.missing_n
    elif work.lines_n == 0 or (touched.closed == TAIL_OPEN and touched.scans):
        loss.why = TAIL_WHY_NOT_APPLICABLE
    elif touched.closed == TAIL_LIMIT_REACHED:
        loss.why = TAIL_WHY_LIMIT_REACHED
    elif touched.closed == TAIL_NOT_APPLICABLE:
        if touched.scans or is_touching(work, row):
            loss.why = TAIL_WHY_NOT_APPLICABLE
    elif row.all_seen:
        loss.why = TAIL_WHY_NOT_REACHED
        loss.missing_minor = row.steps.min_minor
        loss.missing_n = count_missing(row.steps, 0)
    return False


@cython.overflowcheck(False)
cdef bint is_touching(TailWork* work, const TailRow* row) noexcept nogil:
    """Whether an item of the basket is one that the row sees or bears on."""
    cdef const TailBook* book = work.book
    cdef int32_t at = <int32_t>(row - book.rows), k
    cdef Py_ssize_t i
    cdef int flags
    for i in range(work.lines_n):
        flags = 0
        if book.is_goods[work.lines[i].item]:
            flags = (SEEN if row.all_seen else 0) | (BEARS if row.all_bear else 0)
        for k in range(book.first[work.lines[i].item], book.first[work.lines[i].item + 1]):
            if book.entries[k] >> 4 == at:
                flags |= book.entries[k]
        if flags & (SEEN | NOT_SEEN) == SEEN or flags & (BEARS | NOT_BEARS) == BEARS:
            return True
    return False
