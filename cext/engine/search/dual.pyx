"""Branch and bound over prices of pieces: the proof that a choice is the best.

Give every piece a price. What all pieces cost together, plus the most each deal can gain over
the prices by itself, is at least what any choice saves: deals that share pieces pay for them.
Prices that make the deals want just the pieces there are give the lowest such bound; they are
found by raising what is wanted too much and lowering what is left over. Where no prices close the
gap, some pieces are given out: one deal gets at most so many of a kind, or has more kept for it.

Prices are whole 1024ths of a minor unit, bounds are exact sums of them: none is ever too small.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from cext.engine.search.alone cimport (
    WHOLE,
    Board,
    Deal,
    Found,
    Kind,
    Member,
    price_deal,
    save_free,
)
from cext.engine.search.board cimport claim, end_trial, fill_trial, start_trial
from cext.engine.search.contest cimport Arena

cdef enum:
    ROOT_ROUNDS = 80
    NODE_ROUNDS = 6
    PATIENCE = 4  # rounds without a lower bound before the steps are halved
    STEP_ONE = 256

cdef extern from *:
    # Cython takes it for a long long; the C compiler knows better.
    ctypedef long long int128 "__int128"

cdef int64_t NO_BOUND = 2**62
cdef int64_t NEVER = -(2**62)

# No sum leaves 63 bits: choose_scale in board.pyx sees to it, and no price goes above the one
# that makes all pieces of its kind dearer than everything there is (the best never needs to).


@cython.overflowcheck(False)
cdef void claim_dual(Dual* dual, const Board* board, Arena* arena) noexcept nogil:
    dual.prices = <int64_t*>claim(arena, board.kinds_n * sizeof(int64_t))
    dual.root = <int64_t*>claim(arena, board.kinds_n * sizeof(int64_t))
    dual.tightest = <int64_t*>claim(arena, board.kinds_n * sizeof(int64_t))
    dual.slope = <int64_t*>claim(arena, board.kinds_n * sizeof(int64_t))
    dual.glide = <int64_t*>claim(arena, board.kinds_n * sizeof(int64_t))
    dual.caps = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    dual.most = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    dual.kept = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    dual.kept_n = <int32_t*>claim(arena, board.kinds_n * sizeof(int32_t))
    dual.taken = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    dual.sums = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    dual.times = <int32_t*>claim(arena, board.deals_n * sizeof(int32_t))
    dual.times_sums = <int32_t*>claim(arena, board.deals_n * sizeof(int32_t))
    dual.stakes = <int64_t*>claim(arena, board.deals_n * sizeof(int64_t))
    dual.branches = <Branch*>claim(arena, DEPTH_LIMIT * sizeof(Branch))


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t prove(Board* board, Dual* dual) noexcept nogil:
    """An upper bound of what the kinds and deals at hand can save; board.best gets better."""
    cdef Py_ssize_t i
    cdef int32_t depth = 0
    cdef bint has_work
    cdef int64_t bound, over = 0
    cdef Branch* top
    start_dual(board, dual)
    bound = improve(board, dual, ROOT_ROUNDS)
    for i in range(2 * board.here_deals_n):
        if board.work_n < board.work_end and bound // board.scale > board.best.total:
            repair(board, dual, i)
    copy_prices(board, dual.tightest, dual.root)
    while True:
        if bound // board.scale > board.best.total:
            has_work = board.work_n < board.work_end
            if has_work and depth < DEPTH_LIMIT and choose(board, dual, &dual.branches[depth]):
                dual.branches[depth].bound = bound
                enter(board, dual, &dual.branches[depth])
                depth += 1
                bound = min(bound, improve(board, dual, NODE_ROUNDS))
                continue
            if has_work:
                bound = min(bound, settle(board, dual))
            over = max(over, bound // board.scale)
        while depth and dual.branches[depth - 1].last:
            depth -= 1
            leave(board, dual, &dual.branches[depth])
        if depth == 0:
            return min(max(over, board.best.total), find_most(board))
        top = &dual.branches[depth - 1]
        leave(board, dual, top)
        top.more = not top.more
        top.last = True
        enter(board, dual, top)
        bound = top.bound
        if board.work_n < board.work_end and bound // board.scale > board.best.total:
            bound = min(bound, improve(board, dual, NODE_ROUNDS))


@cython.overflowcheck(False)
cdef void copy_prices(
    const Board* board, const int64_t* prices, int64_t* goal
) noexcept nogil:
    """Those of the kinds at hand."""
    cdef Py_ssize_t i
    for i in range(board.here_kinds_n):
        goal[board.here_kinds[i]] = prices[board.here_kinds[i]]


@cython.overflowcheck(False)
cdef void start_dual(Board* board, Dual* dual) noexcept nogil:
    cdef Py_ssize_t i, j, k, m
    cdef const Kind* kind
    for i in range(board.here_deals_n):
        dual.stakes[board.here_deals[i]] = 0
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        kind = &board.kinds[k]
        dual.prices[k] = kind.floor
        dual.kept_n[k] = 0
        for j in range(kind.first, kind.first + kind.members_n):
            m = board.of_kind[j]
            dual.caps[m] = kind.count
            dual.most[m] = kind.count
            dual.kept[m] = 0


# --- bounds


@cython.overflowcheck(False)
cdef int64_t find_most(const Board* board) noexcept nogil:
    """No choice saves more than all pieces cost; tiers alone may say that they do."""
    cdef int64_t total = 0
    cdef Py_ssize_t i
    cdef int32_t k
    for i in range(board.here_deals_n):
        if board.deals[board.here_deals[i]].shape == WHOLE:
            total += board.deals[board.here_deals[i]].value
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        total += board.problem.kinds[k].gross * board.kinds[k].count
    return total


@cython.overflowcheck(False)
cdef int64_t cover_kind(const Board* board, int32_t k, int64_t price, int64_t* used) noexcept nogil:
    """The most a kind's pieces bring at `price`, sold or free; `used`: how many are sold then."""
    cdef const Kind* kind = &board.kinds[k]
    cdef Py_ssize_t low = 0, high, middle
    cdef int32_t a, b
    if kind.hull_n == 0:
        used[0] = kind.count
        return kind.count * price
    high = kind.hull_n - 1
    while low < high:
        middle = (low + high) >> 1
        a = kind.hull[middle]
        b = kind.hull[middle + 1]
        if board.scale * (kind.free_saving[b] - kind.free_saving[a]) > price * (b - a):
            low = middle + 1
        else:
            high = middle
    a = kind.hull[low]
    used[0] = kind.count - a
    return board.scale * kind.free_saving[a] + price * (kind.count - a)


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t look(Board* board, Dual* dual) noexcept nogil:
    """The bound at these prices; dual.taken and dual.slope say what the deals would take."""
    cdef Py_ssize_t i, m
    cdef int32_t k, d
    cdef int64_t bound = 0, used = 0, gain
    cdef Found found
    board.looks_n += 1
    board.work_n += 2 * board.here_kinds_n
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        bound += cover_kind(board, k, dual.prices[k], &used)
        dual.slope[k] = -used
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        gain = price_deal(
            board, d, dual.prices, dual.caps, board.deals[d].uses_max, dual.taken, &found
        )
        if gain == NEVER:
            return NEVER
        bound += gain
        dual.times[d] = found.times
        if found.saving > dual.stakes[d] * found.times:
            dual.stakes[d] = found.saving // found.times
        board.work_n += board.deals[d].members_n
        for m in range(board.deals[d].first, board.deals[d].first + board.deals[d].members_n):
            dual.slope[board.members[m].kind] += dual.taken[m]
    return bound


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t improve(Board* board, Dual* dual, int32_t rounds_n) noexcept nogil:
    """The lowest bound found in so many rounds of moving the prices; ends when it proves."""
    cdef Py_ssize_t i, j, k, m
    cdef int64_t bound, lowest = NO_BOUND
    cdef int64_t step = STEP_ONE
    cdef int32_t idle = 0
    dual.rounds_n = 0
    board.work_n += board.here_kinds_n
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        dual.glide[k] = 0
        dual.tightest[k] = dual.prices[k]
        for j in range(board.kinds[k].first, board.kinds[k].first + board.kinds[k].members_n):
            dual.sums[board.of_kind[j]] = 0
    for i in range(board.here_deals_n):
        dual.times_sums[board.here_deals[i]] = 0
    while True:
        bound = look(board, dual)
        dual.rounds_n += 1
        if bound < lowest:
            lowest = bound
            idle = 0
            copy_prices(board, dual.prices, dual.tightest)
            if board.work_n < board.work_end and (dual.rounds_n == 1 or dual.rounds_n > 8):
                repair(board, dual, board.looks_n % (2 * board.here_deals_n))
        else:
            idle += 1
            if idle == PATIENCE:
                idle = 0
                step = max(step >> 1, 1)
        if lowest // board.scale <= board.best.total:
            return lowest
        for i in range(board.here_deals_n):
            k = board.here_deals[i]
            board.work_n += board.deals[k].members_n
            dual.times_sums[k] += dual.times[k]
            for m in range(board.deals[k].first, board.deals[k].first + board.deals[k].members_n):
                dual.sums[m] += dual.taken[m]
        if dual.rounds_n >= rounds_n or board.work_n >= board.work_end:
            break
        if not move(board, dual, bound, step):
            break
    copy_prices(board, dual.tightest, dual.prices)
    return lowest


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint move(Board* board, Dual* dual, int64_t bound, int64_t step) noexcept nogil:
    """Raise the prices of what is wanted too much, lower those of what is left over."""
    cdef Py_ssize_t i
    cdef int32_t k
    cdef int64_t norm = 0, gap = bound - board.scale * board.best.total, slope
    cdef const Kind* kind
    board.work_n += 8 * board.here_kinds_n  # a division of 128 bits each
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        kind = &board.kinds[k]
        slope = dual.slope[k]
        if kind.hull_n == 0 and slope < 0 and dual.prices[k] <= kind.floor:
            dual.slope[k] = 0
            continue
        norm += slope * slope
    if norm == 0:
        return False
    gap = gap // STEP_ONE * step + gap % STEP_ONE * step // STEP_ONE
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        kind = &board.kinds[k]
        dual.prices[k] += <int64_t>(<int128>gap * dual.slope[k] // norm)
        if kind.hull_n == 0 and dual.prices[k] < kind.floor:
            dual.prices[k] = kind.floor
        if kind.count and dual.prices[k] > board.dearest // kind.count:
            dual.prices[k] = board.dearest // kind.count
    return True


@cython.overflowcheck(False)
cdef void repair(Board* board, Dual* dual, Py_ssize_t first) noexcept nogil:
    """Make a choice out of these prices: deal after deal takes what is left, then what gains.

    `first` (below twice the number of deals) says which deal begins, and which way it goes on.
    """
    cdef Py_ssize_t i, at, n = board.here_deals_n
    start_trial(board)
    for i in range(2 * n):
        at = first + i if first < n else first - i
        if at >= n:
            at -= n
        if at >= n:
            at -= n
        if at < 0:
            at += n
        if i < n:
            fill_trial(board, board.here_deals[at], dual.prices, dual.caps)
        else:
            fill_trial(board, board.here_deals[at], board.floors, NULL)
    end_trial(board)


@cython.overflowcheck(False)
cdef int64_t settle(Board* board, Dual* dual) noexcept nogil:
    """The bound with every piece at the price of a free one: exact where deals share none."""
    cdef Py_ssize_t i
    cdef int32_t k
    cdef int64_t bound
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        dual.prices[k] = board.floors[k]
    bound = look(board, dual)
    repair(board, dual, 0)
    copy_prices(board, dual.tightest, dual.prices)  # where the next branch goes on
    return bound


# --- branches


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint choose(Board* board, Dual* dual, Branch* branch) noexcept nogil:
    """Where to branch: the uses of a deal the rounds agree on least, else pieces; False: nowhere.

    Where deals share no pieces any more, settle() is exact and there is nothing to choose.
    """
    cdef Py_ssize_t i
    cdef int32_t d, part, split, rounds_n = dual.rounds_n
    cdef int64_t score, best = 0
    if not choose_pieces(board, dual, branch):
        return False
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        split = dual.times_sums[d] // rounds_n
        part = dual.times_sums[d] - split * rounds_n
        score = min(part, rounds_n - part) * dual.stakes[d]
        if score > best and board.deals[d].uses_min <= split < board.deals[d].uses_max:
            best = score
            branch.deal = d
            branch.member = -1
            branch.split = split
            branch.more = 2 * part >= rounds_n
    return True


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef bint choose_pieces(Board* board, Dual* dual, Branch* branch) noexcept nogil:
    """The pieces whose use the rounds agree on least; False: none is shared."""
    cdef Py_ssize_t i, j
    cdef int32_t k, m, part, split, total, rounds_n = dual.rounds_n
    cdef int64_t score, best = -1
    cdef const Kind* kind
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        kind = &board.kinds[k]
        total = 0
        board.work_n += 1 + 2 * kind.members_n
        for j in range(kind.first, kind.first + kind.members_n):
            total += min(dual.caps[board.of_kind[j]], kind.count)
            if total > kind.count:
                break
        if total <= kind.count:
            continue
        for j in range(kind.first, kind.first + kind.members_n):
            m = board.of_kind[j]
            if dual.kept[m] >= dual.caps[m]:
                continue
            split = dual.sums[m] // rounds_n
            part = dual.sums[m] - split * rounds_n
            score = max(min(part, rounds_n - part) * (dual.prices[k] - kind.floor + 1), 0)
            if score > best:
                best = score
                branch.member = m
                branch.deal = board.members[m].deal
                branch.split = min(max(split, dual.kept[m]), dual.caps[m] - 1)
                branch.more = 2 * part >= rounds_n or split > branch.split
                branch.last = False
    return best >= 0


@cython.overflowcheck(False)
cdef void enter(Board* board, Dual* dual, Branch* branch) noexcept nogil:
    cdef int32_t m = branch.member, k
    cdef Deal* deal = &board.deals[branch.deal]
    if m < 0:
        branch.most = deal.uses_max
        branch.kept = deal.uses_min
        if branch.more:
            deal.uses_min = branch.split + 1
        else:
            deal.uses_max = branch.split
        return
    k = board.members[m].kind
    branch.most = dual.most[m]
    branch.kept = dual.kept[m]
    if branch.more:
        dual.kept_n[k] += branch.split + 1 - dual.kept[m]
        dual.kept[m] = branch.split + 1
    else:
        dual.most[m] = min(branch.split, dual.caps[m])
    renew_caps(board, dual, k)


@cython.overflowcheck(False)
cdef void leave(Board* board, Dual* dual, const Branch* branch) noexcept nogil:
    cdef int32_t m = branch.member, k
    cdef Deal* deal = &board.deals[branch.deal]
    if m < 0:
        deal.uses_max = branch.most
        deal.uses_min = branch.kept
        return
    k = board.members[m].kind
    dual.kept_n[k] += branch.kept - dual.kept[m]
    dual.kept[m] = branch.kept
    dual.most[m] = branch.most
    renew_caps(board, dual, k)


@cython.overflowcheck(False)
cdef void renew_caps(Board* board, Dual* dual, int32_t k) noexcept nogil:
    """A deal may take what is not kept for the others."""
    cdef const Kind* kind = &board.kinds[k]
    cdef Py_ssize_t j
    cdef int32_t m
    board.work_n += kind.members_n
    for j in range(kind.first, kind.first + kind.members_n):
        m = board.of_kind[j]
        dual.caps[m] = min(dual.most[m], kind.count - dual.kept_n[k] + dual.kept[m])
