"""One deal at given prices of its pieces: what it would take, and the most it could gain.

Every piece has a price; the deal takes the pieces that gain most over their prices. This is the
sum at the bottom of the search, done in the time its members take, whatever their counts.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.search.contest cimport DEAL_OFF, DEAL_PRICE

cdef int64_t NEVER = -(2**62)

# Amounts times board.scale, summed over all pieces, stay below 2**60 (choose_scale), and so do
# prices times counts. Divisors are numbers of pieces, at least 1.


@cython.overflowcheck(False)
cdef int64_t save_free(const Kind* kind, int64_t pieces) noexcept nogil:
    """What `pieces` pieces of the kind save when no deal has them."""
    if kind.free_saving == NULL:
        return kind.free_each * pieces
    return kind.free_saving[pieces]


@cython.overflowcheck(False)
cdef int64_t price_deal(
    Board* board, int32_t deal, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """The most the deal can gain over `prices` with at most `caps` pieces; scaled.

    0 or more, unless uses_min asks for uses that lose; NEVER when they cannot be made.

    `taken` and `found` are a real choice that gains so much, or less where the gain is only an
    upper bound (amounts off that exceed their pieces, uses that would save nothing).
    """
    cdef Deal* form = &board.deals[deal]
    cdef Py_ssize_t m
    if uses_max > form.uses_max:
        uses_max = form.uses_max
    board.work_n += form.members_n + 1
    found.times = 0
    found.saving = 0
    found.beside = 0
    for m in range(form.first, form.first + form.members_n):
        taken[m] = 0
    if uses_max < form.uses_min:
        return NEVER
    if uses_max <= 0:
        return 0
    if form.loose:
        return price_loose(board, form, prices, caps, uses_max, taken, found)
    if form.shape == SUM:
        return price_sum(board, form, prices, caps, uses_max, taken, found)
    if form.shape == LOWEST:
        return price_lowest(board, form, prices, caps, uses_max, taken, found)
    return price_whole(board, form, prices, caps, taken, found)


@cython.overflowcheck(False)
cdef int64_t price_whole(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t* taken, Found* found
) noexcept nogil:
    """A tier takes everything or nothing."""
    cdef int64_t gain = board.scale * form.value
    cdef Py_ssize_t m
    cdef int32_t kind
    board.work_n += form.members_n
    for m in range(form.first, form.first + form.members_n):
        kind = board.members[m].kind
        if caps[m] < board.kinds[kind].count:
            return NEVER if form.uses_min else 0
        gain -= prices[kind] * caps[m]
    if gain <= 0 and form.uses_min == 0:
        return 0
    for m in range(form.first, form.first + form.members_n):
        taken[m] = caps[m]
    found.times = 1
    found.saving = form.value
    return gain


@cython.overflowcheck(False)
cdef int64_t price_loose(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """An amount off which some pieces are too cheap for.

    A use saves at most the amount, and at most what its pieces cost: both bound the gain from
    above, by themselves; the better of the two choices they lead to is a real one.
    """
    cdef Deal by_pieces = form[0]
    cdef Found other
    cdef Py_ssize_t m
    cdef int64_t bound, other_bound, gain, other_gain
    by_pieces.fee = 0
    other.times = 0
    other.saving = 0
    other.beside = 0
    board.work_n += 4 * form.members_n
    bound = price_sum(board, form, prices, caps, uses_max, taken, found)
    for m in range(form.first, form.first + form.members_n):
        board.other_taken[m] = 0
        board.members[m].worth += board.members[m].part
    board.order, board.other_order = board.other_order, board.order
    other_bound = price_sum(board, &by_pieces, prices, caps, uses_max, board.other_taken, &other)
    board.order, board.other_order = board.other_order, board.order
    for m in range(form.first, form.first + form.members_n):
        board.members[m].worth -= board.members[m].part
    gain = board.scale * (found.saving + found.beside)
    other_gain = board.scale * (other.saving + other.beside)
    for m in range(form.first, form.first + form.members_n):
        gain -= prices[board.members[m].kind] * taken[m]
        other_gain -= prices[board.members[m].kind] * board.other_taken[m]
    if other_gain > gain:
        found[0] = other
        for m in range(form.first, form.first + form.members_n):
            taken[m] = board.other_taken[m]
    return min(bound, other_bound)


@cython.overflowcheck(False)
cdef void sort_slots(Board* board, const Deal* form, const int64_t* prices) noexcept nogil:
    """Order the members of each slot by what a piece gains, most first.

    By insertion: between two calls the prices have moved little. Where they have not, by a heap.
    """
    cdef Py_ssize_t slot, i, j, first, end
    cdef int32_t m
    cdef int64_t work = 4 * form.members_n, moves
    cdef int32_t* order = board.order
    for i in range(form.first, form.first + form.members_n):
        board.weight[i] = board.scale * board.members[i].worth - prices[board.members[i].kind]
    for slot in range(form.slots_n):
        first = form.slot_first[slot]
        end = form.slot_first[slot + 1]
        moves = MOVES_LIMIT * (end - first)
        for i in range(first + 1, end):
            m = order[i]
            j = i
            while j > first and is_before(board, m, order[j - 1]):
                order[j] = order[j - 1]
                j -= 1
            work += i - j
            moves -= i - j
            order[j] = m
            if moves < 0:
                sort_by_heap(board, order + first, end - first)
                break
    board.work_n += work


@cython.overflowcheck(False)
cdef inline bint is_before(const Board* board, int32_t one, int32_t other) noexcept nogil:
    if board.weight[one] != board.weight[other]:
        return board.weight[one] > board.weight[other]
    return one < other


@cython.overflowcheck(False)
cdef void sort_by_heap(Board* board, int32_t* order, Py_ssize_t size_n) noexcept nogil:
    cdef Py_ssize_t i
    cdef int32_t last
    for i in range((size_n >> 1) - 1, -1, -1):
        sift(board, order, i, size_n)
    for i in range(size_n - 1, 0, -1):
        last = order[i]
        order[i] = order[0]
        order[0] = last
        sift(board, order, 0, i)


@cython.overflowcheck(False)
cdef void sift(Board* board, int32_t* order, Py_ssize_t at, Py_ssize_t size_n) noexcept nogil:
    """Move one down until nothing below it comes after it."""
    cdef Py_ssize_t child
    cdef int32_t one = order[at]
    while 2 * at + 1 < size_n:
        board.work_n += 4
        child = 2 * at + 1
        if child + 1 < size_n and is_before(board, order[child], order[child + 1]):
            child += 1
        if not is_before(board, one, order[child]):
            break
        order[at] = order[child]
        at = child
    order[at] = one


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t price_sum(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """Savings that add up: use after use takes the best pieces left of each slot.

    The gain of a use never rises from one to the next, so the first without gain ends it. As
    long as one kind fills a slot, uses are alike and counted together.
    """
    cdef Py_ssize_t slot
    cdef int32_t at[8]
    cdef int32_t used[8]  # pieces taken of the member a slot is at
    cdef int32_t j, need, take, run, left, u, forced = form.uses_min
    cdef int64_t gain, saving, total = 0
    sort_slots(board, form, prices)
    for slot in range(form.slots_n):
        at[slot] = form.slot_first[slot]
        used[slot] = 0
    while uses_max > 0:
        gain = -board.scale * form.fee
        saving = 0
        run = uses_max
        for slot in range(form.slots_n):
            need = form.slot_pieces[slot]
            j = at[slot]
            u = used[slot]
            while j < form.slot_first[slot + 1] and caps[board.order[j]] <= u:
                j += 1
                u = 0
            board.work_n += 4 + j - at[slot]
            at[slot] = j
            used[slot] = u
            if j == form.slot_first[slot + 1]:
                return NEVER if forced > 0 else total
            left = caps[board.order[j]] - u
            run = min(run, max(1, left // need))
            while True:
                take = min(left, need)
                gain += take * board.weight[board.order[j]]
                saving += take * board.members[board.order[j]].part
                need -= take
                if need == 0:
                    break
                j += 1
                if j == form.slot_first[slot + 1]:
                    return NEVER if forced > 0 else total
                left = caps[board.order[j]]
        if gain <= 0:
            if forced <= 0:
                return total
            run = min(run, forced)
        total += gain * run
        saving = save_use(form, saving)
        take_uses(board, form, caps, run if saving > 0 else -run, at, used, taken, found)
        if saving > 0:
            found.times += run
            found.saving += saving * run
        uses_max -= run
        forced -= run
    return total


@cython.overflowcheck(False)
cdef void take_uses(
    Board* board, const Deal* form, const int32_t* caps, int32_t run,
    int32_t* at, int32_t* used, int32_t* taken, Found* found
) noexcept nogil:
    """Move each slot on by `run` uses; below 0: pass over their pieces without taking them."""
    cdef Py_ssize_t slot
    cdef int32_t need, take, j, u
    for slot in range(form.slots_n):
        need = form.slot_pieces[slot] * (run if run > 0 else -run)
        j = at[slot]
        u = used[slot]
        while True:
            take = min(caps[board.order[j]] - u, need)
            if run > 0:
                taken[board.order[j]] += take
                found.beside += take * board.members[board.order[j]].beside
            need -= take
            u += take
            if need == 0:
                break
            j += 1
            u = 0
        board.work_n += 1 + 2 * (j - at[slot])
        at[slot] = j
        used[slot] = u


@cython.overflowcheck(False)
cdef int64_t save_use(const Deal* form, int64_t parts) noexcept nogil:
    """What one use saves whose pieces' parts sum up to `parts`."""
    if form.benefit == DEAL_PRICE:
        return parts - form.value
    if form.benefit == DEAL_OFF:
        return min(parts, form.value)
    return parts


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t price_lowest(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """The cheapest of each use get: which pieces, in falling value, to take.

    Of any pieces, groups taken in falling value save most: the k-th group's first piece that gets
    has all the payers of k groups and all who get in the groups before it at or above its value,
    however the pieces are grouped. So a way through the members, dearest first, needs to know the
    pieces taken so far only modulo the size of a group; or exactly, where the uses are limited.
    (Limits of more than WHOLE_LIMIT pieces are left aside: the gain is an upper bound then, and
    it is where the ways through would be more than WAYS_LIMIT.)
    """
    cdef int64_t pieces_n = 0, most, gain = 0, ways_n = 0
    cdef Py_ssize_t m, best = 0
    cdef int32_t states_n
    cdef bint wraps
    board.work_n += 4 * form.members_n
    for m in range(form.first, form.first + form.members_n):
        pieces_n += caps[m]
    most = min(pieces_n // form.size_n, uses_max) * form.size_n
    if most < form.uses_min * form.size_n:
        return NEVER
    if most == 0:
        return 0
    wraps = (uses_max >= pieces_n // form.size_n and form.uses_min == 0) or (
        most > WHOLE_LIMIT and uses_max > 1
    )
    states_n = form.size_n if wraps else <int32_t>most + 1
    for m in range(form.first, form.first + form.members_n):
        ways_n += min(caps[m], states_n) * states_n
    if ways_n > WAYS_LIMIT:
        return relax_lowest(board, form, prices, caps, uses_max, taken, found)
    find_ways(board, form, prices, caps, states_n, wraps)
    if wraps:
        gain = board.ways[0]
    else:
        gain = NEVER
        for m in range(form.uses_min, most // form.size_n + 1):
            if board.ways[m * form.size_n] > gain:
                gain = board.ways[m * form.size_n]
                best = m * form.size_n
    if gain <= 0 and (wraps or form.uses_min == 0):
        return 0
    for m in range(form.members_n - 1, -1, -1):
        taken[form.first + m] = board.steps[m * states_n + best]
        best -= taken[form.first + m]
        if wraps:
            best %= form.size_n
            if best < 0:
                best += form.size_n
    group_lowest(board, form, uses_max, taken, found)
    return gain


@cython.overflowcheck(False)
cdef int64_t relax_lowest(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """What all the pieces in falling value save, paid for by nobody: no choice saves more."""
    cdef int64_t gain = 0
    cdef Py_ssize_t m
    for m in range(form.first, form.first + form.members_n):
        taken[m] = caps[m]
        gain += caps[m] * max(
            <int64_t>0, board.scale * board.members[m].beside - prices[board.members[m].kind]
        )
    group_lowest(board, form, uses_max, taken, found)
    return gain + board.scale * found.saving


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void find_ways(
    Board* board, const Deal* form, const int64_t* prices, const int32_t* caps,
    int32_t states_n, bint wraps
) noexcept nogil:
    """board.ways[s]: most gain with s pieces taken (modulo the size); board.steps: how many."""
    cdef int64_t* old = board.ways + states_n
    cdef int64_t* new = board.ways
    cdef int32_t* steps
    cdef const Member* one
    cdef Py_ssize_t m, s, goal
    cdef int32_t k, most, at, payers_n = form.size_n - form.get_n
    cdef int64_t gain, each, cycle, rounds, work = states_n * (form.members_n + 1)
    for s in range(states_n):
        new[s] = NEVER
    new[0] = 0
    for m in range(form.members_n):
        one = &board.members[form.first + m]
        steps = board.steps + m * states_n
        each = board.scale * one.beside - prices[one.kind]
        cycle = form.size_n * each + board.scale * form.get_n * one.part
        for s in range(states_n):
            old[s] = new[s]
            new[s] = NEVER
        for s in range(states_n):
            if old[s] == NEVER:
                continue
            gain = old[s]
            at = <int32_t>(s % form.size_n)
            most = caps[form.first + m]
            most = min(most, form.size_n - 1) if wraps else <int32_t>min(most, states_n - 1 - s)
            goal = s
            work += 2 * most + 2
            for k in range(most + 1):
                rounds = 0
                if wraps and cycle > 0:
                    rounds = (caps[form.first + m] - k) // form.size_n
                if gain + rounds * cycle > new[goal]:
                    new[goal] = gain + rounds * cycle
                    steps[goal] = <int32_t>(k + rounds * form.size_n)
                gain += each
                if at >= payers_n:
                    gain += board.scale * one.part
                at += 1
                if at == form.size_n:
                    at = 0
                goal += 1
                if wraps and goal == states_n:
                    goal = 0
    board.work_n += work


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void group_lowest(
    Board* board, const Deal* form, int32_t uses_max, int32_t* taken, Found* found
) noexcept nogil:
    """Cut `taken` to the uses that save and are allowed, and sum up what they save."""
    cdef int64_t pieces_n = 0, saving_n = 0, groups_n, left, first
    cdef Py_ssize_t m
    cdef int32_t payers_n = form.size_n - form.get_n
    for m in range(form.first, form.first + form.members_n):
        pieces_n += taken[m]
        if board.members[m].part > 0:
            saving_n = pieces_n
    # A use saves when the dearest of those that get does: piece number k * size + payers.
    groups_n = 0
    if saving_n > payers_n:
        groups_n = (saving_n - payers_n - 1) // form.size_n + 1
    groups_n = min(groups_n, uses_max, pieces_n // form.size_n)
    left = groups_n * form.size_n
    first = 0
    for m in range(form.first, form.first + form.members_n):
        if taken[m] > left:
            taken[m] = <int32_t>left
        left -= taken[m]
        found.beside += taken[m] * board.members[m].beside
        found.saving += board.members[m].part * (
            count_getting(form, first + taken[m]) - count_getting(form, first)
        )
        first += taken[m]
    found.times = <int32_t>groups_n


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t count_getting(const Deal* form, int64_t pieces) noexcept nogil:
    """How many of the first `pieces` pieces get."""
    cdef int64_t over = pieces % form.size_n - (form.size_n - form.get_n)
    return pieces // form.size_n * form.get_n + max(over, 0)
