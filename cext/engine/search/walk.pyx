"""Every choice that can still be the best, use by use: where prices alone cannot decide.

That is so where savings do not add up: rounding of free pieces, amounts off above what their
pieces cost, or a basket's thresholds, which see the whole choice. Each set of uses comes up once:
deal after deal, and of one deal the compositions in falling order. Behind each use stands the
bound of what can follow it at the prices the proof ended with.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from cext.engine.search.alone cimport (
    LOWEST,
    SUM,
    WHOLE,
    Board,
    Deal,
    Found,
    Kind,
    Member,
    price_deal,
    save_free,
    save_use,
)
from cext.engine.search.board cimport claim
from cext.engine.search.contest cimport Arena, Choice

cdef enum:
    LEVELS_LIMIT = 512
    EXACT_LIMIT = 64  # free pieces up to which a bound looks at each number of them

# No sum leaves 63 bits: choose_scale in board.pyx sees to it.


@cython.overflowcheck(False)
cdef void claim_walk(Walk* walk, const Board* board, Arena* arena) noexcept nogil:
    cdef Py_ssize_t pieces_n = 0, k, d, width = 0, here
    cdef Py_ssize_t kinds_n = board.kinds_n, deals_n = board.deals_n
    for k in range(kinds_n):
        pieces_n += board.problem.kinds[k].count
    for d in range(deals_n):
        here = 0
        for k in range(kinds_n):
            here += board.problem.deals[d].slot_of[k] >= 0
        width = max(width, here)
    walk.levels_n = <int32_t>min(pieces_n, LEVELS_LIMIT) + 1
    walk.width = <int32_t>width
    walk.levels = <Level*>claim(arena, (walk.levels_n + 1) * sizeof(Level))
    walk.uses = <int32_t*>claim(arena, (walk.levels_n + 1) * width * sizeof(int32_t))
    walk.taken = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    walk.times = <int32_t*>claim(arena, deals_n * sizeof(int32_t))
    walk.saving = <int64_t*>claim(arena, deals_n * sizeof(int64_t))
    walk.now.times = walk.times
    walk.now.saving = walk.saving
    walk.now.taken = NULL
    if board.problem.evaluate != NULL:
        walk.now.taken = <int32_t*>claim(arena, deals_n * kinds_n * sizeof(int32_t))


@cython.overflowcheck(False)
cdef int64_t walk_all(Board* board, Walk* walk, int64_t bound) noexcept nogil:
    """What can be saved at most (`bound` at the start), after the budget or all choices.

    Without an evaluate, board.best gets better; with one, walk.best does.
    """
    cdef int32_t depth = 0
    cdef Level* level
    start_walk(board, walk)
    open_level(board, walk, 0)
    walk.levels[0].bound = min(bound * board.scale, walk.levels[0].bound)
    while True:
        level = &walk.levels[depth]
        if board.work_n >= board.work_end:
            return rest_of_walk(board, walk, depth)
        if not promises(board, walk, level.bound) or not next_use(board, walk, depth):
            if board.work_n >= board.work_end:
                continue  # it may have ended for want of work
            depth -= 1
            if depth < 0:
                walk.done = True
                return board.best.total
            make_use(board, walk, depth, -1)
            continue
        make_use(board, walk, depth, 1)
        open_level(board, walk, depth + 1)
        if not promises(board, walk, walk.levels[depth + 1].bound):
            make_use(board, walk, depth, -1)
            continue
        keep_if_best(board, walk)
        if depth + 1 == walk.levels_n:
            board.work_end = board.work_n
            continue
        depth += 1


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t rest_of_walk(Board* board, Walk* walk, int32_t depth) noexcept nogil:
    """What the levels that were not finished can still save, or the best if that is more."""
    cdef int64_t most = board.best.total
    cdef int32_t i
    for i in range(depth + 1):
        most = max(most, walk.levels[i].bound // board.scale)
    return most


@cython.overflowcheck(False)
cdef void start_walk(Board* board, Walk* walk) noexcept nogil:
    cdef Py_ssize_t i
    cdef int32_t k
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        board.rest[k] = board.kinds[k].count
    memset(walk.taken, 0, board.members_n * sizeof(int32_t))
    memset(walk.times, 0, board.deals_n * sizeof(int32_t))
    memset(walk.saving, 0, board.deals_n * sizeof(int64_t))
    if walk.now.taken != NULL:
        memset(walk.now.taken, 0, board.deals_n * board.kinds_n * sizeof(int32_t))
    walk.saved = 0
    walk.done = False


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint promises(const Board* board, const Walk* walk, int64_t bound) noexcept nogil:
    """Can something within the bound be better than the best?"""
    if walk.now.taken == NULL:
        return bound // board.scale > board.best.total
    return walk.gross - bound // board.scale - board.problem.tail_most < walk.best.objective


# --- uses


@cython.overflowcheck(False)
cdef void open_level(Board* board, Walk* walk, int32_t depth) noexcept nogil:
    """Begin where the level above stands: its deal, and no use of it chosen yet."""
    cdef Level* level = &walk.levels[depth]
    level.at = walk.levels[depth - 1].at if depth else 0
    level.saving = -1
    level.bound = bound_from(board, walk, level.at)


@cython.overflowcheck(False)
cdef bint next_use(Board* board, Walk* walk, int32_t depth) noexcept nogil:
    """Put the next use that saves something at this level; False when there is none."""
    cdef Level* level = &walk.levels[depth]
    cdef int32_t* use = walk.uses + depth * walk.width
    cdef int32_t* above = walk.uses + (depth - 1) * walk.width
    cdef bint fresh = level.saving < 0
    cdef bint bounded
    cdef int32_t deal
    while level.at < board.here_deals_n:
        deal = board.here_deals[level.at]
        bounded = depth > 0 and walk.levels[depth - 1].at == level.at
        while walk.times[deal] < board.deals[deal].uses_max:
            if board.work_n >= board.work_end:
                return False
            if not step_use(board, deal, use, fresh):
                break
            fresh = False
            if bounded and is_above(use, above, board.deals[deal].members_n):
                continue
            level.saving = save_one(board, deal, use)
            if level.saving > 0:
                return True
        level.at += 1
        level.saving = -1
        fresh = True
        level.bound = min(level.bound, bound_from(board, walk, level.at))
        if not promises(board, walk, level.bound):
            return False
    return False


@cython.overflowcheck(False)
cdef bint is_above(const int32_t* use, const int32_t* other, int32_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        if use[i] != other[i]:
            return use[i] > other[i]
    return False


@cython.overflowcheck(False)
cdef bint step_use(Board* board, int32_t deal, int32_t* use, bint fresh) noexcept nogil:
    """The first composition out of what is left, or the next lower one; False: no more."""
    cdef const Deal* form = &board.deals[deal]
    cdef const Member* members = board.members + form.first
    cdef Py_ssize_t slot, m
    board.work_n += form.members_n + 2
    if form.shape == WHOLE:
        for m in range(form.members_n):
            use[m] = board.rest[members[m].kind]
            if use[m] < board.kinds[members[m].kind].count:
                return False
        return fresh
    slot = form.slots_n - 1
    if not fresh:
        while slot >= 0 and not lower_slot(board, form, slot, use):
            slot -= 1
        if slot < 0:
            return False
        slot += 1
    else:
        slot = 0
    while slot < form.slots_n:
        if not fill_from(
            board, form, slot, form.slot_first[slot] - form.first, form.slot_pieces[slot], use
        ):
            return False
        slot += 1
    return True


@cython.overflowcheck(False)
cdef bint fill_from(
    Board* board, const Deal* form, Py_ssize_t slot, Py_ssize_t first, int32_t need, int32_t* use
) noexcept nogil:
    """Put `need` pieces into the members of a slot from `first` on, the first most."""
    cdef Py_ssize_t m
    for m in range(first, form.slot_first[slot + 1] - form.first):
        use[m] = min(need, board.rest[board.members[form.first + m].kind])
        need -= use[m]
    return need == 0


@cython.overflowcheck(False)
cdef bint lower_slot(
    Board* board, const Deal* form, Py_ssize_t slot, int32_t* use
) noexcept nogil:
    """The next lower composition of a slot: one piece less somewhere, the rest to its right."""
    cdef Py_ssize_t m = form.slot_first[slot + 1] - form.first - 1
    cdef Py_ssize_t first = form.slot_first[slot] - form.first
    cdef int32_t after = 0
    cdef int64_t room = 0
    while m >= first:
        if use[m] > 0 and room >= after + 1:
            use[m] -= 1
            return fill_from(board, form, slot, m + 1, after + 1, use)
        after += use[m]
        room += board.rest[board.members[form.first + m].kind]
        m -= 1
    return False


@cython.overflowcheck(False)
cdef int64_t save_one(const Board* board, int32_t deal, const int32_t* use) noexcept nogil:
    """What this use saves."""
    cdef const Deal* form = &board.deals[deal]
    cdef const Member* members = board.members + form.first
    cdef Py_ssize_t m
    cdef int64_t parts = 0
    cdef int32_t left = form.get_n, take
    if form.shape == WHOLE:
        return form.value
    if form.shape == SUM:
        for m in range(form.members_n):
            parts += use[m] * members[m].part
        return save_use(form, parts)
    for m in range(form.members_n - 1, -1, -1):
        take = min(left, use[m])
        parts += take * members[m].part
        left -= take
    return parts


@cython.overflowcheck(False)
cdef void make_use(Board* board, Walk* walk, int32_t depth, int32_t often) noexcept nogil:
    """Make the use of a level (often = 1), or take it back (-1)."""
    cdef const Level* level = &walk.levels[depth]
    cdef const int32_t* use = walk.uses + depth * walk.width
    cdef int32_t deal = board.here_deals[level.at], pieces
    cdef const Deal* form = &board.deals[deal]
    cdef const Member* member
    cdef Py_ssize_t m
    for m in range(form.members_n):
        if use[m] == 0:
            continue
        pieces = often * use[m]
        member = &board.members[form.first + m]
        walk.taken[form.first + m] += pieces
        board.rest[member.kind] -= pieces
        if form.shape != WHOLE:
            walk.saved += pieces * member.beside
        if walk.now.taken != NULL:
            walk.now.taken[deal * board.kinds_n + member.kind] += pieces
    walk.times[deal] += often
    walk.saving[deal] += often * level.saving
    walk.saved += often * level.saving


# --- bounds


@cython.overflowcheck(False)
cdef int64_t bound_from(Board* board, Walk* walk, int32_t at) noexcept nogil:
    """What this choice and anything the deals from `at` on add to it can save, scaled."""
    cdef int64_t bound = board.scale * walk.saved
    cdef Py_ssize_t i, m
    cdef int32_t k, d
    cdef const Deal* form
    cdef Found found
    board.work_n += 2 * board.here_kinds_n
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        if board.kinds[k].hull_n:
            board.work_n += min(board.rest[k], max(EXACT_LIMIT, 4 * board.kinds[k].hull_n))
        bound += cover_rest(board, &board.kinds[k], walk.prices[k], board.rest[k])
    for i in range(at, board.here_deals_n):
        d = board.here_deals[i]
        form = &board.deals[d]
        board.work_n += form.members_n
        for m in range(form.first, form.first + form.members_n):
            board.rest_caps[m] = board.rest[board.members[m].kind]
        bound += price_deal(
            board, d, walk.prices, board.rest_caps, form.uses_max - walk.times[d],
            board.part_taken, &found
        )
    return bound


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t cover_rest(
    const Board* board, const Kind* kind, int64_t price, int32_t rest
) noexcept nogil:
    """The most `rest` pieces of a kind bring, each either free or sold at `price`."""
    cdef int64_t best = price * rest, each
    cdef int32_t free, a, b
    cdef Py_ssize_t i
    if kind.hull_n == 0:
        return max(price, kind.floor) * rest
    if rest <= EXACT_LIMIT:
        for free in range(1, rest + 1):
            best = max(best, board.scale * kind.free_saving[free] + price * (rest - free))
        return best
    for i in range(1, kind.hull_n):
        a = kind.hull[i - 1]
        b = kind.hull[i]
        free = min(b, rest)
        each = board.scale * (kind.free_saving[b] - kind.free_saving[a])
        # Between two corners the cover is a line; what its price is rounded by is added back.
        best = max(
            best,
            board.scale * kind.free_saving[a] + (each // (b - a) + 1) * (free - a)
            + price * (rest - free),
        )
        if b >= rest:
            break
    return best


@cython.overflowcheck(False)
cdef void keep_if_best(Board* board, Walk* walk) noexcept nogil:
    """Keep the choice made so far if it beats the best."""
    cdef int64_t total = walk.saved
    cdef Py_ssize_t i
    cdef int32_t k
    if walk.now.taken != NULL:
        board.work_n += board.problem.evaluate_n
        walk.now.objective = board.problem.evaluate(board.problem.context, &walk.now)
        if walk.now.objective < walk.best.objective:
            i = board.deals_n * board.kinds_n
            walk.best.objective = walk.now.objective
            memcpy(walk.best.taken, walk.now.taken, i * sizeof(int32_t))
            memcpy(walk.best.times, walk.times, board.deals_n * sizeof(int32_t))
            memcpy(walk.best.saving, walk.saving, board.deals_n * sizeof(int64_t))
        return
    board.work_n += board.here_kinds_n
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        total += save_free(&board.kinds[k], board.rest[k])
    if total > board.best.total:
        board.best.total = total
        memcpy(board.best.taken, walk.taken, board.members_n * sizeof(int32_t))
        memcpy(board.best.times, walk.times, board.deals_n * sizeof(int32_t))
        memcpy(board.best.saving, walk.saving, board.deals_n * sizeof(int64_t))
