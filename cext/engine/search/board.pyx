"""The search's problem laid out: members side by side, components, and the first choices."""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from cext.engine.search.alone cimport (
    LOWEST,
    SUM,
    WHOLE,
    WHOLE_LIMIT,
    Board,
    Deal,
    Found,
    Kind,
    Member,
    Plot,
    price_deal,
    save_free,
)
from cext.engine.search.contest cimport (
    DEAL_AMOUNT,
    DEAL_FIXED,
    DEAL_OFF,
    DEAL_PRICE,
    DEAL_RATE,
    Arena,
    DealForm,
    PieceKind,
    Problem,
)
from cext.engine.rounding cimport scale_half_up

cdef enum:
    MILLION = 1_000_000
    SCALE_MOST = 1024

cdef int64_t SUM_MOST = 2**60

# No sum leaves 63 bits: choose_scale sees to it, and search.pxd bounds what comes in.


@cython.overflowcheck(False)
cdef void* claim(Arena* arena, Py_ssize_t size) noexcept nogil:
    """`size` bytes of the arena; NULL while it is only being measured, or when it is full."""
    cdef Py_ssize_t at = arena.used_n
    arena.used_n += (size + 7) & ~<Py_ssize_t>7
    if arena.bytes == NULL or arena.used_n > arena.size_n:
        return NULL
    return arena.bytes + at


@cython.overflowcheck(False)
cdef void claim_board(Board* board, const Problem* problem, Arena* arena) noexcept nogil:
    """Count what the board holds and claim its room, without writing to the arena."""
    cdef Py_ssize_t kinds_n = problem.kinds_n, deals_n = problem.deals_n
    cdef Py_ssize_t members_n = 0, here, i, k, steps_n = 1, states_n = 1
    cdef const DealForm* form
    for i in range(deals_n):
        form = &problem.deals[i]
        here = 0
        for k in range(kinds_n):
            here += form.slot_of[k] >= 0
        members_n += here
        if form.slots_n == 1 and form.get_n:
            states_n = max(states_n, max(WHOLE_LIMIT, form.slot_pieces[0]) + 1)
            steps_n = max(steps_n, here * (max(WHOLE_LIMIT, form.slot_pieces[0]) + 1))
    board.problem = problem
    board.kinds_n = <int32_t>kinds_n
    board.deals_n = <int32_t>deals_n
    board.members_n = <int32_t>members_n
    board.kinds = <Kind*>claim(arena, kinds_n * sizeof(Kind))
    board.deals = <Deal*>claim(arena, deals_n * sizeof(Deal))
    board.members = <Member*>claim(arena, members_n * sizeof(Member))
    board.of_kind = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    board.here_kinds = <int32_t*>claim(arena, kinds_n * sizeof(int32_t))
    board.here_deals = <int32_t*>claim(arena, deals_n * sizeof(int32_t))
    board.order = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    board.other_order = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    board.weight = <int64_t*>claim(arena, members_n * sizeof(int64_t))
    board.ways = <int64_t*>claim(arena, 2 * states_n * sizeof(int64_t))
    board.steps = <int32_t*>claim(arena, steps_n * sizeof(int32_t))
    board.floors = <int64_t*>claim(arena, kinds_n * sizeof(int64_t))
    board.rest = <int32_t*>claim(arena, kinds_n * sizeof(int32_t))
    board.rest_caps = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    board.part_taken = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    board.other_taken = <int32_t*>claim(arena, members_n * sizeof(int32_t))
    claim_plot(&board.best, board, arena)
    claim_plot(&board.trial, board, arena)
    for k in range(kinds_n):
        if problem.kinds[k].free_saving != NULL:
            here = (problem.kinds[k].count + 1) * sizeof(int32_t)
            if arena.bytes == NULL or board.kinds == NULL:
                claim(arena, here)
            else:
                board.kinds[k].hull = <int32_t*>claim(arena, here)


@cython.overflowcheck(False)
cdef void claim_plot(Plot* plot, const Board* board, Arena* arena) noexcept nogil:
    plot.taken = <int32_t*>claim(arena, board.members_n * sizeof(int32_t))
    plot.times = <int32_t*>claim(arena, board.deals_n * sizeof(int32_t))
    plot.saving = <int64_t*>claim(arena, board.deals_n * sizeof(int64_t))


@cython.overflowcheck(False)
cdef void lay_out(Board* board) noexcept nogil:
    """Fill the claimed room from the problem."""
    cdef Py_ssize_t k, m, at = 0
    cdef int32_t d
    cdef Kind* kind
    cdef const PieceKind* given
    choose_scale(board)
    for k in range(board.kinds_n):
        kind = &board.kinds[k]
        given = &board.problem.kinds[k]
        kind.count = given.count
        kind.members_n = 0
        kind.hull_n = 0
        kind.free_each = given.free_each
        kind.free_saving = given.free_saving
        kind.floor = board.scale * given.free_each
        if given.free_saving != NULL:
            find_hull(board, kind)
        board.floors[k] = kind.floor
    board.members_n = 0
    for d in range(board.deals_n):
        lay_out_deal(board, d)
    for m in range(board.members_n):
        board.kinds[board.members[m].kind].members_n += 1
    for k in range(board.kinds_n):
        board.kinds[k].first = <int32_t>at
        at += board.kinds[k].members_n
        board.kinds[k].members_n = 0
    for m in range(board.members_n):
        kind = &board.kinds[board.members[m].kind]
        board.of_kind[kind.first + kind.members_n] = <int32_t>m
        kind.members_n += 1
        board.order[m] = board.other_order[m] = <int32_t>m


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void choose_scale(Board* board) noexcept nogil:
    """As fine as leaves room: the bound sums at most all gross, once a kind, at its dearest."""
    cdef int64_t gross = 1
    cdef Py_ssize_t k
    for k in range(board.kinds_n):
        gross += board.problem.kinds[k].gross * board.problem.kinds[k].count
    board.scale = SCALE_MOST
    while board.scale > 1 and gross > SUM_MOST // (board.scale * (board.kinds_n + 1)):
        board.scale >>= 1
    board.dearest = gross * board.scale


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void find_hull(const Board* board, Kind* kind) noexcept nogil:
    """The corners of the least concave line above the free savings, and a price between them."""
    cdef const int64_t* saving = kind.free_saving
    cdef int32_t* hull = kind.hull
    cdef int32_t n = 0, k
    for k in range(kind.count + 1):
        while n > 1 and (
            (saving[hull[n - 1]] - saving[hull[n - 2]]) * (k - hull[n - 1])
            <= (saving[k] - saving[hull[n - 1]]) * (hull[n - 1] - hull[n - 2])
        ):
            n -= 1
        hull[n] = k
        n += 1
    kind.hull_n = n
    if kind.count > 0:
        kind.floor = board.scale * saving[kind.count] // kind.count


@cython.overflowcheck(False)
cdef void lay_out_deal(Board* board, int32_t number) noexcept nogil:
    cdef const DealForm* form = &board.problem.deals[number]
    cdef Deal* deal = &board.deals[number]
    cdef Py_ssize_t slot, k, slots_n = max(form.slots_n, 1)
    deal.benefit = form.benefit
    deal.value = form.value
    deal.uses_max = form.uses_max
    deal.uses_min = 0
    deal.slots_n = <int32_t>slots_n
    deal.get_n = form.get_n
    deal.fee = form.value if form.benefit == DEAL_PRICE else 0
    deal.first = board.members_n
    deal.size_n = 0
    deal.shape = SUM
    if form.benefit == DEAL_FIXED:
        deal.shape = WHOLE
        deal.uses_max = min(form.uses_max, 1)
    else:
        for slot in range(slots_n):
            deal.slot_pieces[slot] = form.slot_pieces[slot]
            deal.size_n += form.slot_pieces[slot]
        if (
            slots_n == 1 and 0 < form.get_n < deal.size_n
            and form.benefit != DEAL_PRICE and form.benefit != DEAL_OFF
        ):
            deal.shape = LOWEST
    for slot in range(slots_n):
        deal.slot_first[slot] = board.members_n
        for k in range(board.kinds_n):
            if form.slot_of[k] == slot:
                add_member(board, deal, number, <int32_t>k)
    deal.slot_first[slots_n] = board.members_n
    deal.members_n = board.members_n - deal.first
    if deal.shape == LOWEST:
        sort_by_value(board, deal)
    deal.loose = False
    if form.benefit == DEAL_OFF:
        bound_off(board, deal)


@cython.overflowcheck(False)
cdef void add_member(Board* board, Deal* deal, int32_t number, int32_t kind) noexcept nogil:
    cdef const DealForm* form = &board.problem.deals[number]
    cdef Member* member = &board.members[board.members_n]
    board.members_n += 1
    member.kind = kind
    member.deal = number
    member.beside = 0 if form.piece_saving == NULL else form.piece_saving[kind]
    member.value = board.problem.kinds[kind].gross - member.beside
    if form.benefit == DEAL_PRICE or form.benefit == DEAL_OFF:
        member.part = member.value
    elif form.benefit == DEAL_FIXED or not form.slot_gets[form.slot_of[kind]]:
        member.part = 0
    elif form.benefit == DEAL_RATE:
        member.part = scale_half_up(member.value, form.value, MILLION)
    elif form.benefit == DEAL_AMOUNT:
        member.part = min(form.value, member.value)
    else:
        member.part = max(0, member.value - form.value)
    member.worth = member.beside
    if form.benefit != DEAL_OFF:
        member.worth += member.part


@cython.overflowcheck(False)
cdef void sort_by_value(Board* board, const Deal* deal) noexcept nogil:
    """Dearest first, ties by kind; sorted once, so insertion will do."""
    cdef Member one
    cdef Member* members = board.members
    cdef Py_ssize_t i, j
    for i in range(deal.first + 1, deal.first + deal.members_n):
        one = members[i]
        j = i
        while j > deal.first and members[j - 1].value < one.value:
            members[j] = members[j - 1]
            j -= 1
        members[j] = one


@cython.overflowcheck(False)
cdef void bound_off(const Board* board, Deal* deal) noexcept nogil:
    """A use takes off at most what its dearest pieces cost, and less where cheap ones cost less."""
    cdef int64_t most = 0, least = 0, dearest, cheapest
    cdef Py_ssize_t slot, m
    for slot in range(deal.slots_n):
        dearest = 0
        cheapest = deal.value
        for m in range(deal.slot_first[slot], deal.slot_first[slot + 1]):
            dearest = max(dearest, board.members[m].value)
            cheapest = min(cheapest, board.members[m].value)
        most += dearest * deal.slot_pieces[slot]
        least += cheapest * deal.slot_pieces[slot]
    deal.fee = -min(most, deal.value)
    deal.loose = least < deal.value


@cython.overflowcheck(False)
cdef void find_components(Board* board, int32_t* parent) noexcept nogil:
    """parent[deal]: the first deal of those it shares kinds with, directly or through others."""
    cdef int32_t d, one, other
    cdef Py_ssize_t k, j
    cdef const Kind* kind
    for d in range(board.deals_n):
        parent[d] = d
    for k in range(board.kinds_n):
        kind = &board.kinds[k]
        for j in range(1, kind.members_n):
            one = find_root(parent, board.members[board.of_kind[kind.first]].deal)
            other = find_root(parent, board.members[board.of_kind[kind.first + j]].deal)
            if one < other:
                parent[other] = one
            else:
                parent[one] = other
    for d in range(board.deals_n):
        parent[d] = find_root(parent, d)


@cython.overflowcheck(False)
cdef int32_t find_root(int32_t* parent, int32_t deal) noexcept nogil:
    while parent[deal] != deal:
        parent[deal] = parent[parent[deal]]
        deal = parent[deal]
    return deal


@cython.overflowcheck(False)
cdef bint take_component(Board* board, int32_t* parent, int32_t root) noexcept nogil:
    """Put the kinds and deals of one component (all of them: root < 0) at hand; False: none."""
    cdef int32_t d, k
    cdef const Kind* kind
    board.here_deals_n = 0
    board.here_kinds_n = 0
    if root >= 0 and parent[root] != root:
        return False
    for d in range(board.deals_n):
        if (root < 0 or parent[d] == root) and board.deals[d].members_n > 0:
            board.here_deals[board.here_deals_n] = d
            board.here_deals_n += 1
    for k in range(board.kinds_n):
        kind = &board.kinds[k]
        if kind.members_n and (
            root < 0 or parent[board.members[board.of_kind[kind.first]].deal] == root
        ):
            board.here_kinds[board.here_kinds_n] = k
            board.here_kinds_n += 1
    return board.here_deals_n > 0


@cython.overflowcheck(False)
cdef void start_trial(Board* board) noexcept nogil:
    """A choice of nothing, for the deals at hand."""
    cdef Plot* trial = &board.trial
    cdef Py_ssize_t i, k
    cdef const Deal* deal
    cdef int32_t d
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        deal = &board.deals[d]
        trial.times[d] = 0
        trial.saving[d] = 0
        memset(trial.taken + deal.first, 0, deal.members_n * sizeof(int32_t))
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        board.rest[k] = board.kinds[k].count
    trial.total = 0


@cython.overflowcheck(False)
cdef void fill_trial(
    Board* board, int32_t deal, const int64_t* prices, const int32_t* caps
) noexcept nogil:
    """Let a deal take what gains most over `prices` out of the rest (and of `caps` if given)."""
    cdef Deal* form = &board.deals[deal]
    cdef Found found
    cdef Py_ssize_t m
    cdef int32_t uses_min = form.uses_min
    form.uses_min = 0
    board.work_n += form.members_n
    for m in range(form.first, form.first + form.members_n):
        board.rest_caps[m] = board.rest[board.members[m].kind]
        if caps != NULL and caps[m] < board.rest_caps[m]:
            board.rest_caps[m] = caps[m]
    price_deal(
        board, deal, prices, board.rest_caps, form.uses_max - board.trial.times[deal],
        board.part_taken, &found
    )
    form.uses_min = uses_min
    if found.times:
        add_uses(board, deal, 1, &found)


@cython.overflowcheck(False)
cdef void add_uses(Board* board, int32_t deal, int32_t often, const Found* found) noexcept nogil:
    """Add board.part_taken, `often` times, to the trial."""
    cdef const Deal* form = &board.deals[deal]
    cdef Py_ssize_t m
    board.work_n += form.members_n
    for m in range(form.first, form.first + form.members_n):
        board.trial.taken[m] += often * board.part_taken[m]
        board.rest[board.members[m].kind] -= often * board.part_taken[m]
    board.trial.times[deal] += often * found.times
    board.trial.saving[deal] += often * found.saving
    board.trial.total += often * (found.saving + found.beside)


@cython.overflowcheck(False)
cdef void end_trial(Board* board) noexcept nogil:
    """Add what the free pieces save, and keep the trial if it is the best."""
    cdef Py_ssize_t i, k, m
    cdef int32_t d
    cdef const Deal* deal
    cdef Plot* best = &board.best
    cdef const Plot* trial = &board.trial
    cdef int64_t total = trial.total
    board.work_n += board.here_kinds_n
    for i in range(board.here_kinds_n):
        k = board.here_kinds[i]
        total += save_free(&board.kinds[k], board.rest[k])
    if total <= best.total:
        return
    best.total = total
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        deal = &board.deals[d]
        board.work_n += deal.members_n
        best.times[d] = trial.times[d]
        best.saving[d] = trial.saving[d]
        for m in range(deal.first, deal.first + deal.members_n):
            best.taken[m] = trial.taken[m]


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef int64_t find_use(Board* board, int32_t deal, Found* found, int32_t* often) noexcept nogil:
    """The use of a deal that gains most over free pieces (into part_taken); how often it fits."""
    cdef const Deal* form = &board.deals[deal]
    cdef Py_ssize_t m
    cdef int64_t gain
    often[0] = form.uses_max - board.trial.times[deal]
    board.work_n += 2 * form.members_n
    for m in range(form.first, form.first + form.members_n):
        board.rest_caps[m] = board.rest[board.members[m].kind]
    if often[0] <= 0:
        return 0
    price_deal(board, deal, board.floors, board.rest_caps, 1, board.part_taken, found)
    if found.times == 0:
        return 0
    gain = board.scale * (found.saving + found.beside)
    for m in range(form.first, form.first + form.members_n):
        if board.part_taken[m]:
            often[0] = min(often[0], board.rest_caps[m] // board.part_taken[m])
            gain -= board.floors[board.members[m].kind] * board.part_taken[m]
    return gain


@cython.overflowcheck(False)
cdef void try_by_rank(Board* board) noexcept nogil:
    """Deals by rank, each as often as it gains.

    The best use stays the best while its pieces last, so it is made as often as they do: each
    round uses up a kind, or a limit. When that takes too long, a deal takes all it can at once.
    """
    start_trial(board)
    add_by_rank(board)
    end_trial(board)


@cython.overflowcheck(False)
cdef void add_by_rank(Board* board) noexcept nogil:
    """To the trial as it stands."""
    cdef Py_ssize_t i
    cdef int32_t d, often
    cdef int64_t start = board.work_n
    cdef Found found
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        while board.work_n - start < board.greedy_left and find_use(board, d, &found, &often) > 0:
            add_uses(board, d, often, &found)
        if board.work_n - start >= board.greedy_left:
            fill_trial(board, d, board.floors, NULL)
    board.greedy_left -= min(board.greedy_left, board.work_n - start)


@cython.overflowcheck(False)
cdef void try_by_gain(Board* board) noexcept nogil:
    """Always the use that gains most, of whichever deal; the rest by rank where it takes too long.

    Each use asks every deal again, which hundreds of deals on the same lines make slow.
    """
    cdef Py_ssize_t i
    cdef int32_t often, best = 0
    cdef int64_t gain, most, start = board.work_n
    cdef Found found
    start_trial(board)
    while board.work_n - start < board.greedy_left:
        most = 0
        best = -1
        for i in range(board.here_deals_n):
            gain = find_use(board, board.here_deals[i], &found, &often)
            if gain > most:
                most = gain
                best = board.here_deals[i]
        if best < 0:
            break
        find_use(board, best, &found, &often)
        add_uses(board, best, often, &found)
    board.greedy_left -= min(board.greedy_left, board.work_n - start)
    if best >= 0:
        add_by_rank(board)
    end_trial(board)
