"""Posting: movements over flat arrays, all or none, with floors, thresholds and values.

A movement whose two balances stay within their calm spans is two additions; anything else is
thought over in `_think`, which changes nothing unless all of it can be done.
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, realloc

from cext.engine.ledger.accounts cimport (
    BALANCE_LIMIT,
    HARD_FLOOR,
    NO_FLOOR,
    NO_HIGH,
    NO_LOW,
    PLACE,
    QUANTITY_LIMIT,
    SOFT_FLOOR,
    VALUE_LIMIT,
    Accounts,
    Cell,
    Cost,
    Rule,
)
from cext.engine.ledger.costing cimport VALUE_SHORT, Carriage, learn_cost, weigh_movement
from cext.engine.rounding cimport take_int
from cext.errors import Refused, break_off
from cext.lang.account import Account, Crossing

cdef extern from *:
    # A hint to the memory; GCC and Clang both know it.
    void fetch_ahead "__builtin_prefetch"(const void* address) noexcept nogil

cdef enum:
    AHEAD = 12  # moves between asking for an account's cell and reading it
    MOVEMENTS_LIMIT = 1_000_000
    TAPE_LIMIT = 10_000_000
    TAPE_BYTES = 32
    OLDS_KEPT = 4096

MOVEMENTS_MAX_N = MOVEMENTS_LIMIT
TAPE_MAX_N = TAPE_LIMIT
TAPE_RECORD_BYTES = TAPE_BYTES
cdef tuple WHATS = ("low", "low_over", "high", "high_over", "short")


cdef class Posting(Accounts):
    """Accounts with movements between them; the doors that take numbers instead of names."""

    def __dealloc__(self):
        free(self.notes)
        free(self.olds)
        free(self.tape)

    def move(self, source, target, quantity):
        """Move `quantity` between two accounts of one kind and item; the fast door.

        Takes the numbers that `open_account` gives. Returns the crossings, mostly none. Refused
        like `post`; then nothing has changed.
        """
        cdef Move one
        cdef int code
        if self.busy:
            self.enter()
        one.source = <int32_t>read_int(source, self.count, "account")
        one.target = <int32_t>read_int(target, self.count, "account")
        one.quantity = read_int(quantity, QUANTITY_LIMIT + 1, "movement")
        one.cost = -1
        if (
            (not self.taping or self.tape_n < self.tape_room)
            and glide(&self.cells[one.source], &self.cells[one.target], one.quantity)
        ):
            self._count(&one)
            return ()
        code = self.apply(&one, False) if one.quantity else BAD_MOVE
        if code:
            self.refuse(code, &one)
        return self.tell()

    # The first of n elements is there: an empty batch is answered before.
    @cython.boundscheck(False)
    def move_many(self, sources, targets, quantities):
        """Move a whole batch, or nothing of it; without the GIL.

        Three buffers of one length: account numbers twice (int32), quantities (int64); nobody may
        write to them meanwhile. Returns the crossings in order. At most MOVEMENTS_MAX_N.
        """
        cdef const int32_t[::1] giving = take_buffer(sources, "i")
        cdef const int32_t[::1] taking = take_buffer(targets, "i")
        cdef const int64_t[::1] amounts = take_buffer(quantities, "q")
        cdef Py_ssize_t n = giving.shape[0], done = 0
        cdef int code = FINE
        cdef Move one
        if taking.shape[0] != n or amounts.shape[0] != n or n > MOVEMENTS_LIMIT:
            raise Refused(
                "movement_invalid", f"three buffers of one length, at most {MOVEMENTS_LIMIT}"
            )
        if n == 0:
            return ()
        self.enter()
        self.olds_n = 0
        self.busy = True
        with nogil:
            code = self._run(&giving[0], &taking[0], &amounts[0], n, &done)
            if code:
                self._run_back(&giving[0], &taking[0], &amounts[0], done)
        self.busy = False
        if code:
            one = Move(0, giving[done], taking[done], amounts[done], -1)
            self.refuse(code, &one)
        return self.tell()

    def keep_tape(self, wanted):
        """Keep a record of 32 bytes of every movement from now on, or stop keeping it."""
        if type(wanted) is not bool:
            break_off("exact_bool", what="keep_tape")
        self.enter()
        self.taping = wanted

    def take_tape(self):
        """The records kept since the last call, which begins a new tape.

        Each is number (int64), source and target (int32), quantity and value (int64), in this
        machine's byte order.
        """
        self.enter()
        taken = PyBytes_FromStringAndSize(<char*>self.tape, self.tape_n * sizeof(Move))
        self.tape_n = 0
        return taken

    # The indices are within the buffers, whose length is n, and account numbers are looked at
    # before they are used; a balance is within 62 bits and a quantity within 50.
    @cython.overflowcheck(False)
    cdef int _run(
        self, const int32_t* sources, const int32_t* targets, const int64_t* quantities,
        Py_ssize_t n, Py_ssize_t* done,
    ) noexcept nogil:
        cdef Py_ssize_t i
        cdef Cell* cells = self.cells
        cdef int64_t quantity
        cdef int32_t source, target
        cdef unsigned int count = self.count
        cdef int code
        cdef Move one
        cdef bint taping = self.taping
        cdef int64_t most = QUANTITY_LIMIT
        for i in range(n):
            if i + AHEAD < n:  # accounts come in no order: most cells are not in the cache yet
                fetch_ahead(&cells[sources[i + AHEAD]])
                fetch_ahead(&cells[targets[i + AHEAD]])
            source, target, quantity = sources[i], targets[i], quantities[i]
            done[0] = i
            if <unsigned int>source >= count or <unsigned int>target >= count:
                return BAD_MOVE
            if quantity < 1 or quantity > most:
                return BAD_MOVE
            one = Move(0, source, target, quantity, -1)
            if (
                (not taping or self.tape_n < self.tape_room)
                and glide(&cells[source], &cells[target], quantity)
            ):
                self._count(&one)
                continue
            code = self.apply(&one, False)
            if code:
                return code
        done[0] = n
        return FINE

    @cython.overflowcheck(False)
    cdef void _run_back(
        self, const int32_t* sources, const int32_t* targets, const int64_t* quantities,
        Py_ssize_t n,
    ) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(n):
            self._take_back(sources[i], targets[i], quantities[i])
        self._restore_values(n)

    @cython.overflowcheck(False)
    cdef int apply_moves(self, Move* moves, Py_ssize_t n, Py_ssize_t* failed) noexcept nogil:
        """Apply all of `moves`, or none; `failed` is the one that could not be done."""
        cdef Py_ssize_t i, back
        cdef int code
        self.olds_n = 0
        for i in range(n):
            code = self.apply(&moves[i], False)
            if code:
                failed[0] = i
                for back in range(i):
                    self._take_back(moves[back].source, moves[back].target, moves[back].quantity)
                self._restore_values(i)
                return code
        return FINE

    # Numbers of accounts were checked when they were taken in. A balance is within 62 bits and a
    # quantity within 50, so that their sum cannot overflow.
    @cython.final
    @cython.overflowcheck(False)
    cdef int apply(self, Move* move, bint promised) noexcept nogil:
        """One movement; `promised` takes goods that were reserved for it, whatever the buffer."""
        cdef Cell* giver = &self.cells[move.source]
        cdef Cell* taker = &self.cells[move.target]
        cdef int code
        if giver.kind != taker.kind or giver.item != taker.item or giver == taker:
            return BAD_MOVE
        if self.taping and self.tape_n == self.tape_room:
            code = self._widen_tape()
            if code:
                return code
        if move.cost >= 0 or not glide(giver, taker, move.quantity):
            code = self._think(move, promised)
            if code:
                return code
        else:
            move.cost = 0
        self._count(move)
        return FINE

    @cython.final
    @cython.overflowcheck(False)
    cdef inline void _count(self, Move* move) noexcept nogil:
        """Count a movement that was made, and keep its record; there is room for it."""
        self.posted_n += 1
        if self.taping:
            move.number = self.posted_n
            if move.cost < 0:
                move.cost = 0
            self.tape[self.tape_n] = move[0]
            self.tape_n += 1

    @cython.overflowcheck(False)
    cdef int _think(self, Move* move, bint promised) noexcept nogil:
        """What a movement does beyond two additions: limits, floors, values, crossings."""
        cdef Cell* giver = &self.cells[move.source]
        cdef Cell* taker = &self.cells[move.target]
        cdef int64_t left = giver.balance - move.quantity, came = taker.balance + move.quantity
        cdef int64_t was_left = giver.balance, was_came = taker.balance, missing = 0
        cdef Rule* rule = NULL
        cdef int code
        if left < -BALANCE_LIMIT or came > BALANCE_LIMIT:
            return TOO_LARGE
        if self.rule_of[move.source] >= 0 and move.quantity:
            rule = &self.rules[self.rule_of[move.source]]
            if rule.policy != NO_FLOOR:
                missing = move.quantity - self.available_of(move.source)
                if promised:
                    missing -= rule.buffer
                if missing > 0 and rule.policy == HARD_FLOOR:
                    self.missing = missing
                    return SHORT
        if self._make_room():
            return NO_MEMORY
        if self.cost_of[move.source] >= 0:
            code = self._carry(move)
            if code:
                return code
        elif move.cost >= 0:
            return NO_VALUE
        else:
            move.cost = 0
        giver.balance, taker.balance = left, came
        if missing > 0 and rule.policy == SOFT_FLOOR:
            self._note(BELOW_FLOOR, move.source, missing)
        self._watch(move.source, was_left)
        self._watch(move.target, was_came)
        self.retune(move.source)
        self.retune(move.target)
        return FINE

    @cython.overflowcheck(False)
    cdef int _carry(self, Move* move) noexcept nogil:
        """Move the value that goes with the quantity. All of it, or nothing and a code."""
        cdef Cost* giver = &self.costs[self.cost_of[move.source]]
        cdef Cost* taker = &self.costs[self.cost_of[move.target]]
        cdef Cost* gaps = NULL
        cdef int64_t quantities[4]
        cdef Carriage carriage
        cdef int32_t variance = giver.variance if giver.variance >= 0 else taker.variance
        cdef int code
        quantities[0] = move.quantity
        quantities[1] = self.cells[move.source].balance
        quantities[2] = self.cells[move.target].balance
        quantities[3] = move.cost
        code = weigh_movement(giver, taker, quantities, &carriage)
        if code:
            return TOO_LITTLE_VALUE if code == VALUE_SHORT else TOO_LARGE
        # One of the two is no variance account, since there is one of a kind and item only.
        gaps = &self.costs[self.cost_of[variance]]
        if (
            not fits(giver.value - carriage.leaving)
            or not fits(taker.value + carriage.coming)
            or not fits(gaps.value + carriage.gap)
        ):
            return TOO_LARGE
        self._remember(move.source)
        self._remember(move.target)
        self._remember(variance)
        giver.value -= carriage.leaving
        taker.value += carriage.coming
        gaps.value += carriage.gap
        learn_cost(taker, quantities[2] + move.quantity, carriage.moved, move.quantity)
        move.cost = carriage.moved
        return FINE

    @cython.overflowcheck(False)
    cdef void _remember(self, int32_t account) noexcept nogil:
        cdef Old* old = &self.olds[self.olds_n]
        old.account = account
        old.balance = self.cells[account].balance
        old.cost = self.costs[self.cost_of[account]]
        self.olds_n += 1

    @cython.overflowcheck(False)
    cdef void _take_back(self, int32_t source, int32_t target, int64_t quantity) noexcept nogil:
        self.cells[source].balance += quantity
        self.cells[target].balance -= quantity
        self.retune(source)
        self.retune(target)

    @cython.overflowcheck(False)
    cdef void _restore_values(self, Py_ssize_t n) noexcept nogil:
        """Put values back as they were, and forget the last `n` movements and all they said."""
        cdef Old* old
        while self.olds_n:
            self.olds_n -= 1
            old = &self.olds[self.olds_n]
            self.costs[self.cost_of[old.account]] = old.cost
        self.notes_n = 0
        self.posted_n -= n
        if self.taping:
            self.tape_n -= n

    @cython.overflowcheck(False)
    cdef void _watch(self, int32_t account, int64_t before) noexcept nogil:
        """Note the thresholds that the account has crossed since its balance was `before`."""
        cdef Rule* rule
        cdef int64_t now = self.cells[account].balance
        if self.rule_of[account] < 0:
            return
        rule = &self.rules[self.rule_of[account]]
        if rule.low != NO_LOW and (now < rule.low) != (before < rule.low):
            self._note(LOW if now < rule.low else LOW_OVER, account, rule.low)
        if rule.high != NO_HIGH and (now > rule.high) != (before > rule.high):
            self._note(HIGH if now > rule.high else HIGH_OVER, account, rule.high)

    @cython.overflowcheck(False)
    cdef void _note(self, int what, int32_t account, int64_t level) noexcept nogil:
        self.notes[self.notes_n] = Note(level, self.cells[account].balance, what, account)
        self.notes_n += 1

    @cython.overflowcheck(False)
    cdef int _make_room(self) noexcept nogil:
        """Room for all that one movement can say and change: five notes, three accounts."""
        cdef void* wider
        if self.notes_n + 5 > self.notes_room:
            wider = realloc(self.notes, (self.notes_room * 2 + 16) * sizeof(Note))
            if wider == NULL:
                return NO_MEMORY
            self.notes, self.notes_room = <Note*>wider, self.notes_room * 2 + 16
        if self.olds_n + 3 > self.olds_room:
            wider = realloc(self.olds, (self.olds_room * 2 + 16) * sizeof(Old))
            if wider == NULL:
                return NO_MEMORY
            self.olds, self.olds_room = <Old*>wider, self.olds_room * 2 + 16
        return FINE

    @cython.overflowcheck(False)
    cdef int _widen_tape(self) noexcept nogil:
        cdef Py_ssize_t room = min(self.tape_room * 2 + 1024, <Py_ssize_t>TAPE_LIMIT)
        cdef void* wider
        if self.tape_n >= TAPE_LIMIT:
            return TAPE_FULL
        wider = realloc(self.tape, room * sizeof(Move))
        if wider == NULL:
            return NO_MEMORY
        self.tape, self.tape_room = <Move*>wider, room
        return FINE

    cdef tuple tell(self):
        """What the last posting crossed, in order; the next one begins with nothing said."""
        cdef Py_ssize_t i
        told = tuple([
            Crossing(
                WHATS[self.notes[i].what],
                Account(*self.named(self.notes[i].account)),
                self.notes[i].level,
                self.notes[i].balance,
            )
            for i in range(self.notes_n)
        ])
        self._forget()
        return told

    cdef int _forget(self) except -1:
        """Begin anew: nothing said, nothing to take back; what a large batch took is given up."""
        self.notes_n = 0
        self.olds_n = 0
        if self.olds_room > OLDS_KEPT:
            free(self.olds)
            self.olds, self.olds_room = NULL, 0
        return 0

    cdef int refuse(self, int code, const Move* move) except -1:
        """Raise the Refused that says who, what and how much."""
        self._forget()
        if code == NO_MEMORY:
            raise MemoryError
        if code == TAPE_FULL:
            raise Refused("tape_full", f"the tape holds {TAPE_LIMIT} movements: take it first")
        if not (0 <= move.source < self.count and 0 <= move.target < self.count):
            raise Refused("account_invalid", f"no account {move.source} or {move.target}")
        kind, item, source, lot, owner, right = self.named(move.source)
        target = self.named(move.target)[PLACE]
        facts = {"kind": kind, "item": item, "source": source, "target": target}
        if code == SHORT:
            raise Refused(
                "account_short",
                f"{source} is {self.missing} short of {kind} {item}: {move.quantity} were asked",
                missing=self.missing, lot=lot, owner=owner, right=right, **facts,
            )
        if code == TOO_LARGE:
            detail = "a balance would pass 62 bits, or a value 61"
            raise Refused("balance_too_large", detail, **facts)
        if code == NO_VALUE:
            raise Refused("movement_invalid", f"{kind} carries no value, so no cost", **facts)
        if code == TOO_LITTLE_VALUE:
            raise Refused("value_short", f"{source} has less value of {item} than that", **facts)
        raise Refused(
            "movement_invalid",
            f"a movement takes 1..{QUANTITY_LIMIT} from one account to another of its kind and "
            f"item, not {move.quantity} of {kind} {item} from {source} to {target}",
            **facts,
        )


# A balance is within 62 bits and a quantity within 50, so that their sum cannot overflow.
@cython.overflowcheck(False)
cdef inline bint glide(Cell* giver, Cell* taker, int64_t quantity) noexcept nogil:
    """Make a movement that changes two balances and nothing else; False when it is not one."""
    cdef int64_t left = giver.balance - quantity, came = taker.balance + quantity
    if (
        left < giver.calm_low or came > taker.calm_high or quantity == 0
        or giver.kind != taker.kind or giver.item != taker.item or giver == taker
    ):
        return False
    giver.balance, taker.balance = left, came
    return True


cdef inline int64_t read_int(object value, int64_t end, str name) except? -1:
    """take_int for 0..end - 1, near enough to the fast door to be compiled into it."""
    cdef int overflow = 0
    cdef int64_t number
    if PyLong_CheckExact(value):
        number = PyLong_AsLongLongAndOverflow(value, &overflow)
        if 0 <= number < end:
            return number
    return take_int(value, 0, end - 1, name)


cdef bint fits(int64_t value) noexcept nogil:
    return -VALUE_LIMIT <= value <= VALUE_LIMIT


cdef object take_buffer(object given, str letter):
    """A view of a buffer of exactly this type; Broken for anything else."""
    try:
        view = memoryview(given)
    except (BufferError, TypeError, ValueError):  # ValueError: a view that was released
        break_off("exact_buffer", what=type(given).__name__)
    if view.format != letter or view.ndim != 1 or not view.c_contiguous:
        break_off("exact_buffer", what=str(view.format))
    return view
