"""The exact best combination of competing deals, under a budget of counted steps.

Deals that share no pieces, directly or through others, are solved apart. Each component starts
from three choices (no deals, deals by rank, always the use that gains most), so that none of them
is ever better than the answer; `dual` proves it or improves it, and `walk` closes what is left.
"""

cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy, memset

from cext.engine.search.alone cimport LOWEST, SUM, WHOLE, Board, Deal, Member, save_free, save_use
from cext.engine.search.board cimport (
    claim,
    claim_board,
    end_trial,
    find_components,
    lay_out,
    start_trial,
    take_component,
    try_by_gain,
    try_by_rank,
)
from cext.engine.search.dual cimport Dual, claim_dual, prove
from cext.engine.rounding cimport take_int
from cext.engine.search.walk cimport Walk, claim_walk, walk_all

from cext.engine.search.problem import Problem as Given
from cext.engine.search.problem import Solved
from cext.errors import break_off

cdef enum:
    KINDS_LIMIT = 500
    DEALS_LIMIT = 10_000

# Steps. At the till nobody waits for a proof: see README.md, The search.
WORK_MAX_N = 2_000_000

cdef int64_t GREEDY_MAX_N = 1_000_000  # steps of the greedy choices, whatever the budget
cdef int64_t GROSS_LIMIT = 2**46
cdef int64_t COUNT_LIMIT = 1_000_000
cdef tuple BENEFITS = ("price", "off", "rate", "amount", "unit_price", "fixed")

# A `Threshold` of the door: which kinds it sees, all that is left if none.
cdef struct Tail:
    int64_t min_minor
    int64_t off
    Py_ssize_t first  # in Till.seen
    Py_ssize_t seen_n

cdef struct Till:
    const Problem* problem
    Tail* tails
    Py_ssize_t tails_n
    int32_t* seen

cdef struct Room:
    Board board
    Dual dual
    Walk walk
    Choice other  # with an evaluate: a choice to be compared
    int32_t* parent


@cython.overflowcheck(False)
cdef void claim_room(Room* room, const Problem* problem, Arena* arena) noexcept nogil:
    claim_board(&room.board, problem, arena)
    claim_dual(&room.dual, &room.board, arena)
    claim_walk(&room.walk, &room.board, arena)
    if problem.evaluate != NULL:
        room.other.times = <int32_t*>claim(arena, problem.deals_n * sizeof(int32_t))
        room.other.saving = <int64_t*>claim(arena, problem.deals_n * sizeof(int64_t))
        room.other.taken = <int32_t*>claim(
            arena, problem.deals_n * problem.kinds_n * sizeof(int32_t)
        )
    room.parent = <int32_t*>claim(arena, problem.deals_n * sizeof(int32_t))


@cython.overflowcheck(False)
cdef Py_ssize_t count_room(const Problem* problem) noexcept nogil:
    """Bytes of arena that `solve` takes for this problem."""
    cdef Room room
    cdef Arena arena
    arena.bytes = NULL
    arena.size_n = 0
    arena.used_n = 0
    claim_room(&room, problem, &arena)
    return arena.used_n


@cython.overflowcheck(False)
cdef int solve(const Problem* problem, Choice* out, Arena* arena) noexcept nogil:
    """Fill `out` with the best choice found; -1 when the arena is too small."""
    cdef Room room
    cdef Py_ssize_t start = arena.used_n
    if arena.bytes == NULL or count_room(problem) > arena.size_n - arena.used_n:
        return -1
    claim_room(&room, problem, arena)
    lay_out(&room.board)
    room.board.work_n = room.board.members_n + problem.deals_n * problem.kinds_n // 8
    room.board.work_end = problem.work_max_n
    room.board.looks_n = 0
    room.board.greedy_left = GREEDY_MAX_N
    room.walk.prices = room.dual.root
    if problem.evaluate == NULL:
        solve_apart(&room, out, problem.work_max_n)
    else:
        solve_joint(&room, out)
    arena.used_n = start
    return 0


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void solve_apart(Room* room, Choice* out, int64_t work_max_n) noexcept nogil:
    """Every component by itself; the objective is gross less all savings.

    Each may take the share of what is left that its members have in those still to come.
    """
    cdef Board* board = &room.board
    cdef int64_t gross = 0, saved = 0, most = 0, bound, here_n, members_n = board.members_n
    cdef int32_t d
    cdef Py_ssize_t k, i
    for k in range(board.kinds_n):
        gross += board.problem.kinds[k].gross * board.kinds[k].count
        if board.kinds[k].members_n == 0:
            saved += save_free(&board.kinds[k], board.kinds[k].count)
    most = saved
    clear_choice(board, out)
    find_components(board, room.parent)
    for d in range(board.deals_n):
        if not take_component(board, room.parent, d):
            continue
        here_n = 0
        for i in range(board.here_deals_n):
            here_n += board.deals[board.here_deals[i]].members_n
        board.work_end = board.work_n + max(work_max_n - board.work_n, 0) // members_n * here_n
        members_n -= here_n
        board.best.total = -1
        start_trial(board)
        end_trial(board)
        try_by_rank(board)
        if board.greedy_left > 0:
            try_by_gain(board)
        if is_one_kind(board):
            try_each_number(board)
            bound = board.best.total
        else:
            bound = prove(board, &room.dual)
        if bound > board.best.total and board.work_n < board.work_end:
            bound = walk_all(board, &room.walk, bound)
        saved += board.best.total
        most += bound
        write_choice(board, out)
    out.objective = gross - saved
    out.bound = gross - most
    out.work_n = board.work_n
    out.proven = saved == most


@cython.overflowcheck(False)
cdef bint is_one_kind(const Board* board) noexcept nogil:
    """One deal on one kind whose free pieces are rounded together: uses are all alike."""
    cdef const Deal* deal = &board.deals[board.here_deals[0]]
    return (
        board.here_deals_n == 1 and board.here_kinds_n == 1 and deal.slots_n == 1
        and deal.shape != WHOLE and board.kinds[board.here_kinds[0]].hull_n > 0
    )


@cython.overflowcheck(False)
@cython.cdivision(True)
cdef void try_each_number(Board* board) noexcept nogil:
    """Every number of uses there can be: a sum each."""
    cdef int32_t d = board.here_deals[0], k = board.here_kinds[0], times, best = 0
    cdef const Deal* deal = &board.deals[d]
    cdef const Member* member = &board.members[deal.first]
    cdef int32_t count = board.kinds[k].count, most = min(deal.uses_max, count // deal.size_n)
    cdef int64_t saving = member.part * (deal.get_n if deal.shape == LOWEST else deal.size_n)
    cdef int64_t beside = member.beside * deal.size_n, total
    if deal.shape == SUM:
        saving = save_use(deal, saving)
    if saving <= 0:
        return
    start_trial(board)
    board.trial.total = 0
    for times in range(most + 1):
        total = (saving + beside) * times + save_free(&board.kinds[k], count - times * deal.size_n)
        if total > board.trial.total:
            board.trial.total = total
            best = times
    board.trial.taken[deal.first] = best * deal.size_n
    board.trial.times[d] = best
    board.trial.saving[d] = saving * best
    board.trial.total = (saving + beside) * best
    board.rest[k] -= best * deal.size_n
    end_trial(board)
    board.work_n += most + 1


@cython.overflowcheck(False)
cdef void solve_joint(Room* room, Choice* out) noexcept nogil:
    """All components together, because what the tail takes off sees the whole choice.

    First without the tail, for half the budget: where the tail takes its most there, that is the
    proof. Else the other half looks at every choice that could still be better.
    """
    cdef Board* board = &room.board
    cdef Walk* walk = &room.walk
    cdef const Problem* problem = board.problem
    cdef int64_t gross = 0, most
    cdef Py_ssize_t k
    cdef int32_t* now = walk.now.taken
    walk.now.taken = NULL
    solve_apart(room, out, problem.work_max_n >> 1)
    walk.now.taken = now
    for k in range(board.kinds_n):
        gross += problem.kinds[k].gross * problem.kinds[k].count
    most = gross - out.bound
    out.bound -= problem.tail_most
    board.work_n += problem.evaluate_n
    out.objective = problem.evaluate(problem.context, out)
    if not take_component(board, room.parent, -1):
        out.bound = out.objective  # there is nothing to choose
    elif out.objective > out.bound:
        for k in range(board.kinds_n):
            if board.kinds[k].members_n == 0:
                gross -= save_free(&board.kinds[k], board.kinds[k].count)
                most -= save_free(&board.kinds[k], board.kinds[k].count)
        for k in range(3):
            compare_start(room, out, k)
        board.work_end = problem.work_max_n
        board.best.total = -1
        walk.gross = gross
        walk.best = out
        most = walk_all(board, walk, most)
        out.bound = max(out.bound, min(out.objective, gross - most - problem.tail_most))
        if walk.done:
            out.bound = out.objective
    out.work_n = board.work_n
    out.proven = out.objective == out.bound


@cython.overflowcheck(False)
cdef void compare_start(Room* room, Choice* out, Py_ssize_t which) noexcept nogil:
    """Keep one of the three choices of the start if it is better, tail included."""
    cdef Board* board = &room.board
    cdef Choice* other = &room.other
    board.best.total = -1
    if which == 0:
        start_trial(board)
        end_trial(board)
    elif which == 1:
        try_by_rank(board)
    else:
        try_by_gain(board)
    clear_choice(board, other)
    write_choice(board, other)
    board.work_n += board.problem.evaluate_n
    other.objective = board.problem.evaluate(board.problem.context, other)
    if other.objective < out.objective:
        out.objective = other.objective
        memcpy(out.times, other.times, board.deals_n * sizeof(int32_t))
        memcpy(out.saving, other.saving, board.deals_n * sizeof(int64_t))
        memcpy(out.taken, other.taken, board.deals_n * board.kinds_n * sizeof(int32_t))


@cython.overflowcheck(False)
cdef void clear_choice(const Board* board, Choice* out) noexcept nogil:
    memset(out.times, 0, board.deals_n * sizeof(int32_t))
    memset(out.saving, 0, board.deals_n * sizeof(int64_t))
    memset(out.taken, 0, board.deals_n * board.kinds_n * sizeof(int32_t))


@cython.overflowcheck(False)
cdef void write_choice(const Board* board, Choice* out) noexcept nogil:
    """The best choice of the deals at hand, into the answer."""
    cdef Py_ssize_t i, m
    cdef int32_t d
    cdef const Deal* deal
    for i in range(board.here_deals_n):
        d = board.here_deals[i]
        deal = &board.deals[d]
        out.times[d] = board.best.times[d]
        out.saving[d] = board.best.saving[d]
        for m in range(deal.first, deal.first + deal.members_n):
            out.taken[d * board.kinds_n + board.members[m].kind] = board.best.taken[m]


# --- the door for tests and bench


@cython.overflowcheck(False)
cdef int64_t pay(void* context, const Choice* choice) noexcept nogil:
    """What is left to pay after the thresholds, one after the other."""
    cdef Till* till = <Till*>context
    cdef const Problem* problem = till.problem
    cdef const Tail* tail
    cdef Py_ssize_t d, k, t, i
    cdef int64_t left = 0, seen, free
    for d in range(problem.deals_n):
        left -= choice.saving[d]
        for k in range(problem.kinds_n):
            if problem.deals[d].piece_saving != NULL and problem.deals[d].benefit != DEAL_FIXED:
                left -= problem.deals[d].piece_saving[k] * choice.taken[d * problem.kinds_n + k]
    for k in range(problem.kinds_n):
        free = count_free(problem, choice, k)
        left += problem.kinds[k].gross * (problem.kinds[k].count - free)
        left += keep_free(problem, k, free)
    for t in range(till.tails_n):
        tail = &till.tails[t]
        seen = left if tail.seen_n == 0 else 0
        for i in range(tail.first, tail.first + tail.seen_n):
            k = till.seen[i]
            seen += keep_free(problem, k, count_free(problem, choice, k))
        if seen >= tail.min_minor:
            left -= min(tail.off, left)
    return left


@cython.overflowcheck(False)
cdef int64_t count_free(const Problem* problem, const Choice* choice, Py_ssize_t k) noexcept nogil:
    cdef int64_t free = problem.kinds[k].count
    cdef Py_ssize_t d
    for d in range(problem.deals_n):
        free -= choice.taken[d * problem.kinds_n + k]
    return free


@cython.overflowcheck(False)
cdef int64_t keep_free(const Problem* problem, Py_ssize_t k, int64_t free) noexcept nogil:
    """What free pieces of a kind still cost."""
    cdef const PieceKind* kind = &problem.kinds[k]
    if kind.free_saving == NULL:
        return (kind.gross - kind.free_each) * free
    return kind.gross * free - kind.free_saving[free]


cdef class Desk:
    """A `Problem` in C, its room, and the answer."""

    cdef Problem problem
    cdef PieceKind* kinds
    cdef DealForm* deals
    cdef signed char* slot_of
    cdef int64_t* amounts  # piece savings of all deals, then the free savings
    cdef Choice choice
    cdef Arena arena
    cdef Till till

    def __dealloc__(self):
        PyMem_Free(self.till.tails)
        PyMem_Free(self.till.seen)
        PyMem_Free(self.kinds)
        PyMem_Free(self.deals)
        PyMem_Free(self.slot_of)
        PyMem_Free(self.amounts)
        PyMem_Free(self.choice.times)
        PyMem_Free(self.choice.taken)
        PyMem_Free(self.choice.saving)
        PyMem_Free(self.arena.bytes)

    cdef int read(self, object given) except -1:
        cdef Py_ssize_t kinds_n = len(given.pieces), deals_n = len(given.deals), amounts_n
        if kinds_n > KINDS_LIMIT or deals_n > DEALS_LIMIT:
            break_off("problem_bounded", kinds_n=kinds_n, deals_n=deals_n)
        amounts_n = kinds_n * deals_n + sum(len(one.free_saving) for one in given.pieces)
        self.kinds = <PieceKind*>take_room((kinds_n + 1) * sizeof(PieceKind))
        self.deals = <DealForm*>take_room((deals_n + 1) * sizeof(DealForm))
        self.slot_of = <signed char*>take_room(kinds_n * deals_n + 1)
        self.amounts = <int64_t*>take_room((amounts_n + 1) * sizeof(int64_t))
        self.choice.times = <int32_t*>take_room((deals_n + 1) * sizeof(int32_t))
        self.choice.saving = <int64_t*>take_room((deals_n + 1) * sizeof(int64_t))
        self.choice.taken = <int32_t*>take_room((kinds_n * deals_n + 1) * sizeof(int32_t))
        self.problem.kinds = self.kinds
        self.problem.kinds_n = <int32_t>kinds_n
        self.problem.deals = self.deals
        self.problem.deals_n = <int32_t>deals_n
        self.problem.work_max_n = take_int(given.work_max_n, 0, 2**40, "work")
        self.problem.evaluate = NULL
        self.read_pieces(given.pieces, self.amounts + kinds_n * deals_n)
        for i in range(deals_n):
            self.read_deal(given.deals[i], i)
        if given.thresholds:
            self.read_thresholds(given.thresholds)
        self.arena.size_n = count_room(&self.problem)
        self.arena.bytes = <char*>take_room(self.arena.size_n + 8)
        return 0

    cdef int read_pieces(self, tuple pieces, int64_t* amounts) except -1:
        cdef Py_ssize_t i, k
        cdef int64_t left = GROSS_LIMIT
        for i, one in enumerate(pieces):
            self.kinds[i].count = <int32_t>take_int(one.count, 0, COUNT_LIMIT, "count")
            self.kinds[i].gross = take_int(one.gross, 0, left, "gross")
            left -= self.kinds[i].gross * self.kinds[i].count
            if left < 0:
                break_off("gross_bounded")
            self.kinds[i].free_each = take_int(one.free_each, 0, self.kinds[i].gross, "saving")
            if not one.free_saving:
                continue
            if len(one.free_saving) != one.count + 1 or one.free_saving[0]:
                break_off("free_saving_covers_all", kind=i)
            self.kinds[i].free_saving = amounts
            for k in range(one.count + 1):
                amounts[k] = take_int(one.free_saving[k], 0, one.gross * k, "saving")
            amounts = amounts + <Py_ssize_t>len(one.free_saving)
        return 0

    cdef int read_deal(self, object given, Py_ssize_t at) except -1:
        cdef Py_ssize_t kinds_n = self.problem.kinds_n, i
        cdef DealForm* deal = &self.deals[at]
        cdef signed char* slot_of = self.slot_of + at * kinds_n
        cdef int64_t* beside = self.amounts + at * kinds_n
        deal.benefit = BENEFITS.index(given.benefit)
        deal.value = take_int(given.value, 0, GROSS_LIMIT, "value")
        deal.uses_max = <int32_t>take_int(given.uses_max, 0, COUNT_LIMIT, "uses")
        deal.slots_n = <int32_t>take_int(len(given.slots), 1, DEAL_SLOTS_LIMIT, "slots")
        for i in range(deal.slots_n):
            deal.slot_pieces[i] = <int32_t>take_int(given.slots[i], 1, DEAL_PIECES_LIMIT, "pieces")
            deal.slot_gets[i] = not given.gets or given.gets[i]
        deal.get_n = <int32_t>take_int(given.get_n, 0, deal.slot_pieces[0], "pieces")
        if len(given.slot_of) != kinds_n or len(given.piece_saving) not in (0, kinds_n):
            break_off("deal_covers_kinds", deal=at)
        for i in range(kinds_n):
            slot_of[i] = <signed char>take_int(given.slot_of[i], -1, deal.slots_n - 1, "slot")
            if given.piece_saving and slot_of[i] >= 0:
                beside[i] = take_int(given.piece_saving[i], 0, self.kinds[i].gross, "saving")
        deal.slot_of = slot_of
        deal.piece_saving = beside
        return 0

    cdef int read_thresholds(self, tuple thresholds) except -1:
        cdef Py_ssize_t at = 0, i
        cdef Tail* tail
        seen_n = sum(len(one.kinds) for one in thresholds)
        self.till.tails = <Tail*>take_room(len(thresholds) * sizeof(Tail))
        self.till.seen = <int32_t*>take_room((<Py_ssize_t>seen_n + 1) * sizeof(int32_t))
        self.till.tails_n = len(thresholds)
        self.till.problem = &self.problem
        for i, one in enumerate(thresholds):
            tail = &self.till.tails[i]
            tail.min_minor = take_int(one.min_minor, 0, GROSS_LIMIT, "minimum")
            tail.off = take_int(one.off, 0, GROSS_LIMIT, "value")
            tail.first = at
            tail.seen_n = len(one.kinds)
            for kind in one.kinds:
                self.till.seen[at] = <int32_t>take_int(kind, 0, self.problem.kinds_n - 1, "kind")
                at += 1
            self.problem.tail_most += tail.off
        self.problem.evaluate = pay
        self.problem.evaluate_n = self.problem.kinds_n * self.problem.deals_n + at
        self.problem.context = &self.till
        return 0

    cdef object say(self):
        cdef Py_ssize_t i, k, kinds_n = self.problem.kinds_n, deals_n = self.problem.deals_n
        return Solved(
            times=tuple([self.choice.times[i] for i in range(deals_n)]),
            taken=tuple([
                tuple([self.choice.taken[i * kinds_n + k] for k in range(kinds_n)])
                for i in range(deals_n)
            ]),
            saving=tuple([self.choice.saving[i] for i in range(deals_n)]),
            objective=self.choice.objective,
            bound=self.choice.bound,
            work_n=self.choice.work_n,
            proven=bool(self.choice.proven),
        )


def solve_deals(problem):
    """The best choice for a `Problem`; Broken when it is not exactly one within its bounds."""
    cdef Desk desk
    cdef int failed
    if type(problem) is not Given:
        break_off("exact_problem", what=type(problem).__name__)
    desk = Desk()
    desk.read(problem)
    with nogil:
        failed = solve(&desk.problem, &desk.choice, &desk.arena)
    if failed:
        break_off("search_has_room")
    return desk.say()


cdef void* take_room(Py_ssize_t size) except NULL:
    cdef void* room = PyMem_Calloc(size, 1)
    if room == NULL:
        raise MemoryError
    return room
