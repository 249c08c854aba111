"""What follows from the sum of a basket: rewards, thresholds, coupons, points, delivery.

A run goes stage by stage: it decides between the offers of the stage as its lines are when it
begins, then applies the winners in order of rank. It is plain C over what `tail_prepare` laid out,
for a search makes thousands of them. An amount is below 2**46 (500 lines of 10**11) and a count of
rows below 2**26, so that only what is multiplied needs watching: in 128 bits, or bounded.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from cext.engine.rounding cimport scale_half_up, sift_share
from cext.engine.tail.tail_due cimport (
    Due,
    count_points,
    count_times,
    get_limit,
    get_seen,
    hand_out,
    measure,
    multiply_up_to,
    share_out,
    spread_out,
    sum_over,
)
from cext.engine.tail.tail_plan cimport (
    AMOUNT,
    EXCLUSIVE,
    RATE,
    STACK,
    TailRow,
    TailStep,
)
from cext.engine.tail.tail_record cimport (
    blame,
    explain,
    note_gift,
    note_losses,
    note_once,
    note_parts,
    note_rival,
)
from cext.engine.tail.tail_work cimport (
    NONE_OFFERED,
    STAGES_N,
    TAIL_WHY_BEATEN,
    TailRival,
    TailSlot,
    TailWork,
)

cdef enum:
    MILLION = 1_000_000

cdef int64_t UNBOUNDED = 2**62
cdef int64_t STOCK_LIMIT = 2**50  # no gift of which stock is known has more pieces


@cython.overflowcheck(False)
cdef int64_t tail_run(TailWork* work, const int64_t* lefts, bint record) noexcept nogil:
    """What all rows take together of lines on which `lefts` are left."""
    cdef int32_t stage, i, first, end
    cdef int64_t total = 0
    cdef TailRival* rival
    if work.folded:
        if record:
            memcpy(work.spread, lefts, work.lines_n * sizeof(int64_t))
        work.now[0] = sum_over(lefts, work.goods, work.goods_n)
    else:
        memcpy(work.now, lefts, work.lines_n * sizeof(int64_t))
    work.points_left = work.points_max
    work.points_n = work.takings_n = work.losses_n = work.uses_n = work.gifts_n = 0
    for stage in range(STAGES_N):
        first = work.stages[stage]
        end = work.stages[stage + 1]
        if first == end:
            continue
        choose(work, first, end, record)
        for i in range(first, end):
            rival = &work.rivals[i]
            if not rival.wins:
                continue
            # Nothing looks at the lines any more: their shares do not matter.
            if i + 1 == work.stages[STAGES_N] and is_single(rival) and not record:
                total += weigh(work, rival, work.now)
                continue
            total += use_rival(work, rival, work.now, record)
            if record:
                note_rival(work, rival, end - first == 1)
    if record:
        note_losses(work)
    work.points_n = work.points_max - work.points_left
    return total


cdef bint is_single(const TailRival* rival) noexcept nogil:
    return rival.slots_n == 1 and rival.scans == 1


# --- who goes with whom


@cython.overflowcheck(False)
cdef void choose(TailWork* work, int32_t first, int32_t end, bint record) noexcept nogil:
    """Set `wins` for the rivals of a stage, as its lines are when it begins."""
    cdef int32_t i, alone = -1, group
    cdef TailRival* rival
    cdef const TailRow* row
    if end - first == 1:
        work.rivals[first].wins = True
        return
    for i in range(first, end):
        work.group_best[work.rivals[i].slots.row.group] = -1
    for i in range(first, end):
        rival = &work.rivals[i]
        rival.wins = False
        rival.amount = weigh(work, rival, work.now)
        if rival.amount == 0 and not rival.gives:
            if record:
                explain(work, rival)
            continue
        row = rival.slots.row
        if row.conflict == EXCLUSIVE:
            if alone < 0 or is_stronger(rival, &work.rivals[alone]):
                alone = i
        elif row.conflict == STACK or row.group == 0:
            rival.wins = True
        else:
            group = work.group_best[row.group]
            if group < 0 or rival.amount > work.rivals[group].amount:
                rival.wins = True
                if group >= 0:
                    work.rivals[group].wins = False
                work.group_best[row.group] = i
        if record:
            blame(rival, TAIL_WHY_BEATEN)
    if alone >= 0:
        for i in range(first, end):
            work.rivals[i].wins = i == alone


cdef bint is_stronger(const TailRival* one, const TailRival* other) noexcept nogil:
    """Of two exclusive offers, of which `other` has the higher rank."""
    if one.slots.row.priority != other.slots.row.priority:
        return one.slots.row.priority > other.slots.row.priority
    return one.amount > other.amount


@cython.overflowcheck(False)
cdef int64_t weigh(TailWork* work, TailRival* rival, const int64_t* lefts) noexcept nogil:
    """What an offer takes when it comes alone; sets whether it `gives`. Nothing stays changed."""
    cdef Due due
    cdef int32_t k
    cdef int64_t total, points = work.points_left
    if is_single(rival):
        rival.slots.used = rival.slots.offered_n = 0
        measure(work, rival.slots, lefts, &due)
        rival.gives = due.gives > 0
        return due.amount + due.instead
    memcpy(work.alone, lefts, (1 if work.folded else work.lines_n) * sizeof(int64_t))
    total = use_rival(work, rival, work.alone, False)
    work.points_left = points
    return total


# --- one offer at its turn


@cython.overflowcheck(False)
cdef int64_t use_rival(
    TailWork* work, TailRival* rival, int64_t* lefts, bint record
) noexcept nogil:
    """Apply the rows of an offer, scan after scan, until one scan does nothing."""
    cdef Due due
    cdef TailSlot* slot
    cdef int64_t total = 0
    cdef int32_t scan, k
    cdef bint idle
    if work.folded and rival.once and not record:
        # A basket of one line for all goods, and nothing to write down.
        rival.slots.used = 0
        measure(work, rival.slots, lefts, &due)
        rival.gives = False
        work.points_left -= due.steps_n * rival.slots.row.points_n
        lefts[0] -= due.amount
        return due.amount
    rival.gives = False
    for k in range(rival.slots_n):
        rival.slots[k].used = rival.slots[k].booked = rival.slots[k].offered_n = 0
    if record and not rival.once:
        memset(work.taken, 0, rival.slots_n * work.lines_n * sizeof(int64_t))
        memset(work.took, 0, rival.slots_n * work.lines_n * sizeof(int64_t))
    for scan in range(rival.scans):
        idle = True
        for k in range(rival.slots_n):
            slot = &rival.slots[k]
            measure(work, slot, lefts, &due)
            if due.amount == 0 and due.instead == 0 and due.gives == 0:
                continue
            idle = False
            total += due.amount + due.instead
            slot.used += due.times
            slot.booked += due.booked
            work.points_left -= due.steps_n * slot.row.points_n
            if due.gives:
                slot.offered_n = min(STOCK_LIMIT, slot.offered_n + min(STOCK_LIMIT, due.gives))
                rival.gives = True
            if rival.once:
                take_once(work, slot, due.amount, lefts, record)
            else:
                take_off(work, slot, &due, lefts, record, k)
        if idle:
            break
    return total


@cython.overflowcheck(False)
cdef void take_once(
    TailWork* work, const TailSlot* slot, int64_t amount, int64_t* lefts, bint record
) noexcept nogil:
    """Take the only use of an offer off its lines."""
    if work.folded:
        lefts[0] -= amount
        if record:
            spread_out(work, slot, amount, work.spread)
            note_once(work, work.goods, work.goods_n, slot.row.number)
        return
    spread_out(work, slot, amount, lefts)
    if record:
        note_once(work, slot.bears, slot.bears_n, slot.row.number)


@cython.overflowcheck(False)
cdef void take_off(
    TailWork* work, TailSlot* slot, const Due* due, int64_t* lefts, bint record, int32_t k
) noexcept nogil:
    """Take one use of a rival's k-th row off its lines."""
    if work.folded:
        lefts[0] -= due.amount
        if record:
            spread_out(work, slot, due.amount, work.spread)
            note_parts(work, work.goods, work.goods_n, k, False)
        return
    if due.amount:
        hand_out(work, slot, due.amount, lefts)
        if record:
            note_parts(work, slot.bears, slot.bears_n, k, slot.row.pieces_n > 0)
    if due.instead:
        share_out(work, slot.seen, slot.seen_n, due.instead, lefts)
        if record:
            note_parts(work, slot.seen, slot.seen_n, k, False)
    if due.gives and record:
        note_gift(work, slot, due)


# --- the bound


@cython.overflowcheck(False)
cdef int64_t tail_most(TailWork* work, const int64_t* lefts) noexcept nogil:
    """No less than what any run takes on lines with these lefts or less."""
    cdef int64_t total = 0, left = 0
    cdef int32_t stage
    cdef Py_ssize_t i
    for i in range(work.lines_n):
        left += lefts[i]
    if work.folded:
        work.alone[0] = sum_over(lefts, work.goods, work.goods_n)
        lefts = work.alone
    for stage in range(STAGES_N):
        total += bound_stage(work, work.stages[stage], work.stages[stage + 1], lefts)
    return min(total, left)


@cython.overflowcheck(False)
cdef int64_t bound_stage(
    TailWork* work, int32_t first, int32_t end, const int64_t* lefts
) noexcept nogil:
    """An exclusive offer alone, or of each group the strongest and all that go with it."""
    cdef int64_t alone = 0, together = 0
    cdef int32_t i, group
    cdef TailRival* rival
    cdef const TailRow* row
    for i in range(first, end):
        work.group_best[work.rivals[i].slots.row.group] = -1
    for i in range(first, end):
        rival = &work.rivals[i]
        rival.amount = bound_rival(work, rival, lefts)
        row = rival.slots.row
        if row.conflict == EXCLUSIVE:
            alone = max(alone, rival.amount)
            continue
        group = -1
        if row.conflict != STACK and row.group:
            group = work.group_best[row.group]
            if group < 0 or rival.amount > work.rivals[group].amount:
                work.group_best[row.group] = i
        if group < 0:
            together += rival.amount
        else:
            together += max(<int64_t>0, rival.amount - work.rivals[group].amount)
    return max(alone, together)


@cython.overflowcheck(False)
cdef int64_t bound_rival(
    TailWork* work, const TailRival* rival, const int64_t* lefts
) noexcept nogil:
    cdef int64_t total = 0
    cdef int32_t k
    for k in range(rival.slots_n):
        total += bound_slot(work, &rival.slots[k], lefts, rival.scans)
    return total


@cython.overflowcheck(False)
cdef int64_t bound_slot(
    TailWork* work, const TailSlot* slot, const int64_t* lefts, int64_t scans
) noexcept nogil:
    """The most of all steps that are reached: a lower sum may reach a step that gives more."""
    cdef const TailRow* row = slot.row
    cdef const TailStep* step
    cdef int64_t open_n
    cdef int64_t seen = get_seen(slot, lefts), left = sum_over(lefts, slot.bears, slot.bears_n)
    cdef int64_t times = count_times(slot, seen, slot.uses_max), limit, most = 0, amount
    cdef int64_t seen_left = sum_over(lefts, slot.seen, slot.seen_n)
    cdef int32_t k
    limit = get_limit(row, left, times)
    for k in range(row.steps_n):
        step = &row.steps[k]
        if step.min_minor > seen or step.min_quantity > slot.quantity:
            continue
        if row.pieces_n:
            amount = bound_pieces(work, slot, lefts, step.value, row.pieces_n * times)
        elif row.benefit == AMOUNT:
            amount = multiply_up_to(step.value, times, limit)
        elif row.benefit == RATE:
            amount = min(limit, scale_half_up(left, step.value, MILLION))
        else:
            amount = step.value * count_points(row, step.value, work.points_max, limit)
        if row.instead_minor and slot.lefts_n[k] != NONE_OFFERED:
            # What suffices for all scans is never missing to one of them.
            open_n = multiply_up_to(row.pieces_n * times, scans, UNBOUNDED)
            if slot.lefts_n[k] < open_n:
                amount += multiply_up_to(row.instead_minor, times, seen_left)
        most = max(most, amount)
    left += seen_left if row.instead_minor else 0
    return multiply_up_to(most, min(scans, slot.uses_max), left)


# Pieces are 10**6 a line at most, and a piece below 2**37.
@cython.cdivision(True)
@cython.overflowcheck(False)
cdef int64_t bound_pieces(
    TailWork* work, const TailSlot* slot, const int64_t* lefts, int64_t value, int64_t open_n
) noexcept nogil:
    """Each piece saves at most what one does whose share of its line is rounded up."""
    cdef int64_t piece, some, total = 0
    cdef int32_t i, pieces
    cdef Py_ssize_t heap_n = slot.bears_n
    for i in range(slot.bears_n):
        pieces = work.lines[slot.bears[i]].pieces
        piece = (lefts[slot.bears[i]] + pieces - 1) // pieces
        if slot.row.benefit == AMOUNT:
            piece = min(piece, value)
        elif slot.row.benefit == RATE:
            piece = (piece * value + MILLION - 1) // MILLION
        else:
            piece = max(<int64_t>0, piece - value)
        work.shares[i].remainder = piece
        work.shares[i].weight = 0
        work.shares[i].index = i
    for i in range(slot.bears_n // 2 - 1, -1, -1):
        sift_share(work.shares, i, heap_n)
    while open_n and heap_n:
        some = min(open_n, <int64_t>work.lines[slot.bears[work.shares[0].index]].pieces)
        total += multiply_up_to(work.shares[0].remainder, some, UNBOUNDED)
        open_n -= some
        heap_n -= 1
        work.shares[0] = work.shares[heap_n]
        sift_share(work.shares, 0, heap_n)
    return total
