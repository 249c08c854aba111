"""What one use of a row is worth as the lines are, and how it is shared out over them.

Plain C without memory of its own: all room was cut by `tail_prepare`. An amount is below 2**46 (500
lines of 10**11), so that only what is multiplied needs watching: in 128 bits, or bounded.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.rounding cimport scale_half_up, share_within, sift_share
from cext.engine.tail.tail_plan cimport AMOUNT, RATE, TailRow
from cext.engine.tail.tail_work cimport NONE_OFFERED, TailLine, TailSlot, TailWork


@cython.overflowcheck(False)
cdef void measure(TailWork* work, TailSlot* slot, const int64_t* lefts, Due* due) noexcept nogil:
    """What the row's next use is worth. For pieces, `parts` and `counts` are set beside bears."""
    cdef const TailRow* row = slot.row
    cdef int64_t seen, left, limit
    cdef int32_t k
    due.amount = due.instead = due.times = due.booked = due.steps_n = due.gives = 0
    if slot.used >= slot.uses_max:
        return
    seen = get_seen(slot, lefts)
    k = find_step(slot, seen)
    if k < 0:
        return
    due.step = k
    due.value = row.steps[k].value
    due.times = count_times(slot, seen, slot.uses_max - slot.used)
    if row.pieces_n:
        measure_pieces(work, slot, lefts, due)
        return
    # A folded basket, or what is seen as it is now: the same lines have the same sum.
    left = seen
    if slot.bears != slot.seen or row.before:
        left = sum_over(lefts, slot.bears, slot.bears_n)
    limit = get_limit(row, left, due.times)
    if row.benefit == AMOUNT:
        due.amount = multiply_up_to(due.value, due.times, limit)
    elif row.benefit == RATE:
        due.amount = min(limit, scale_half_up(left, due.value, MILLION))
    else:
        due.steps_n = count_points(row, due.value, work.points_left, limit)
        due.amount = due.value * due.steps_n
        due.times = 1
    due.booked = due.times


# A row's pieces are 1 to 100,000 and its times below 2**46: the product is below 2**63.
@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void measure_pieces(
    TailWork* work, TailSlot* slot, const int64_t* lefts, Due* due
) noexcept nogil:
    """The pieces that save most get it; of a gift, what is not in the basket is offered.

    Uses are counted by the pieces they take, the last one as a whole.
    """
    cdef const TailRow* row = slot.row
    cdef int64_t all_n = row.pieces_n * due.times, open_n = all_n, some
    cdef int32_t i, k
    cdef Py_ssize_t heap_n = 0
    for i in range(slot.bears_n):
        work.parts[i] = work.counts[i] = 0
        some = save_pieces(work, slot, lefts, i, 1, due.value)
        if some:
            work.shares[heap_n].remainder = some
            work.shares[heap_n].weight = 0
            work.shares[heap_n].index = i
            heap_n += 1
    for i in range(<int32_t>heap_n // 2 - 1, -1, -1):
        sift_share(work.shares, i, heap_n)
    while open_n and heap_n:
        k = <int32_t>work.shares[0].index
        some = min(open_n, <int64_t>work.lines[slot.bears[k]].pieces)
        work.counts[k] = some
        work.parts[k] = save_pieces(work, slot, lefts, k, some, due.value)
        due.amount += work.parts[k]
        open_n -= some
        heap_n -= 1
        work.shares[0] = work.shares[heap_n]
        sift_share(work.shares, 0, heap_n)
    some = all_n - open_n
    if row.gift and open_n and slot.lefts_n[due.step] != NONE_OFFERED:
        due.gives = min(open_n, max(<int64_t>0, slot.lefts_n[due.step] - slot.offered_n))
        due.instead = pay_instead(work, slot, lefts, open_n - due.gives)
        if due.instead:
            some = all_n - due.gives
    due.booked = (some + row.pieces_n - 1) // row.pieces_n


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t pay_instead(
    TailWork* work, const TailSlot* slot, const int64_t* lefts, int64_t missing_n
) noexcept nogil:
    """What so many pieces that are not to be had are worth, up to what its lines have left."""
    cdef const TailRow* row = slot.row
    cdef int64_t left, amount
    if row.instead_minor == 0 or missing_n == 0:
        return 0
    left = sum_over(lefts, slot.seen, slot.seen_n) - sum_seen_parts(work, slot)
    amount = multiply_up_to(row.instead_minor, missing_n // row.pieces_n, left)
    amount += scale_half_up(row.instead_minor, missing_n % row.pieces_n, row.pieces_n)
    return min(amount, left)


@cython.overflowcheck(False)
cdef int64_t sum_seen_parts(TailWork* work, const TailSlot* slot) noexcept nogil:
    """How much of `parts` is off lines that the row sees; both lists rise."""
    cdef int64_t total = 0
    cdef int32_t i, k = 0
    for i in range(slot.bears_n):
        while k < slot.seen_n and slot.seen[k] < slot.bears[i]:
            k += 1
        if k < slot.seen_n and slot.seen[k] == slot.bears[i]:
            total += work.parts[i]
    return total


@cython.overflowcheck(False)
cdef int64_t save_pieces(
    TailWork* work, TailSlot* slot, const int64_t* lefts, int32_t i, int64_t some, int64_t value
) noexcept nogil:
    """What `some` pieces of the row's i-th line save together."""
    cdef int32_t line = slot.bears[i]
    cdef int64_t part = scale_half_up(lefts[line], some, work.lines[line].pieces)
    if slot.row.benefit == AMOUNT:
        return multiply_up_to(value, some, part)
    if slot.row.benefit == RATE:
        return scale_half_up(part, value, MILLION)
    return part - multiply_up_to(value, some, part)


@cython.overflowcheck(False)
cdef void hand_out(TailWork* work, TailSlot* slot, int64_t amount, int64_t* lefts) noexcept nogil:
    """Take a use off the lines that bear it; `parts` say how much off each of them."""
    cdef int32_t i
    if slot.row.pieces_n:
        for i in range(slot.bears_n):
            lefts[slot.bears[i]] -= work.parts[i]
    else:
        spread_out(work, slot, amount, lefts)


@cython.overflowcheck(False)
cdef void spread_out(
    TailWork* work, const TailSlot* slot, int64_t amount, int64_t* lefts
) noexcept nogil:
    """What is not for pieces: fairly, or from the first line on. Of a folded basket, all goods."""
    cdef const int32_t* members = work.goods if work.folded else slot.bears
    cdef int32_t i, members_n = work.goods_n if work.folded else slot.bears_n
    if slot.row.fair:
        share_out(work, members, members_n, amount, lefts)
        return
    for i in range(members_n):
        work.parts[i] = min(amount, lefts[members[i]])
        amount -= work.parts[i]
        lefts[members[i]] -= work.parts[i]


@cython.overflowcheck(False)
cdef void share_out(
    TailWork* work, const int32_t* members, int32_t members_n, int64_t amount, int64_t* lefts
) noexcept nogil:
    """Take `amount` off items in proportion to what is left of them; `parts` say how, by line."""
    cdef int32_t i
    if work.doubled:
        share_over_items(work, members, members_n, amount, lefts)
    else:
        for i in range(members_n):
            work.weights[i] = lefts[members[i]]
        share_within(amount, work.weights, members_n, work.parts, work.shares)
    for i in range(members_n):
        lefts[members[i]] -= work.parts[i]


@cython.overflowcheck(False)
cdef void share_over_items(
    TailWork* work, const int32_t* members, int32_t members_n, int64_t amount, const int64_t* lefts
) noexcept nogil:
    """Over the items first: no other item is to notice which line of one gave pieces to a deal.

    A row has all lines of an item or none, and they stand side by side.
    """
    cdef const TailLine* lines = work.lines
    cdef int32_t i, k, item = -1, items_n = 0, first = 0, end
    for i in range(members_n):
        if lines[members[i]].item != item:
            item = lines[members[i]].item
            work.weights[items_n] = 0
            items_n += 1
        work.weights[items_n - 1] += lefts[members[i]]
    share_within(amount, work.weights, items_n, work.lumps, work.shares)
    for k in range(items_n):
        item = lines[members[first]].item
        end = first
        while end < members_n and lines[members[end]].item == item:
            work.weights[end] = lefts[members[end]]
            end += 1
        share_within(
            work.lumps[k], work.weights + first, end - first, work.parts + first, work.shares
        )
        first = end
