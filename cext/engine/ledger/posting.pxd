"""Posting in flat arrays: what the ledger builds its doors on."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.ledger.accounts cimport Accounts, Cost

# One movement, 32 bytes, as the tape keeps it too. `cost` is below 0 when none was given, and
# then the value that was moved.
cdef struct Move:
    int64_t number
    int32_t source
    int32_t target
    int64_t quantity
    int64_t cost

cdef struct Note:
    int64_t level
    int64_t balance
    int32_t what
    int32_t account

cdef struct Old:
    Cost cost
    int64_t balance
    int32_t account

cdef enum:
    FINE = 0
    SHORT = 1
    TOO_LARGE = 2
    NO_VALUE = 3
    TOO_LITTLE_VALUE = 4
    NO_MEMORY = 5
    BAD_MOVE = 6
    TAPE_FULL = 7

cdef enum:
    LOW = 0
    LOW_OVER = 1
    HIGH = 2
    HIGH_OVER = 3
    BELOW_FLOOR = 4

cdef class Posting(Accounts):
    cdef readonly int64_t posted_n
    cdef Note* notes
    cdef Old* olds
    cdef Move* tape
    cdef Py_ssize_t notes_n, notes_room, olds_n, olds_room, tape_n, tape_room
    cdef int64_t missing
    cdef bint taping

    cdef int apply_moves(self, Move* moves, Py_ssize_t n, Py_ssize_t* failed) noexcept nogil
    cdef int apply(self, Move* move, bint promised) noexcept nogil
    cdef tuple tell(self)
    cdef int _forget(self) except -1
    cdef int refuse(self, int code, const Move* move) except -1
    cdef int _run(
        self, const int32_t* sources, const int32_t* targets, const int64_t* quantities,
        Py_ssize_t n, Py_ssize_t* done,
    ) noexcept nogil
    cdef void _run_back(
        self, const int32_t* sources, const int32_t* targets, const int64_t* quantities,
        Py_ssize_t n,
    ) noexcept nogil
    cdef inline void _count(self, Move* move) noexcept nogil
    cdef int _think(self, Move* move, bint promised) noexcept nogil
    cdef int _carry(self, Move* move) noexcept nogil
    cdef void _remember(self, int32_t account) noexcept nogil
    cdef void _take_back(self, int32_t source, int32_t target, int64_t quantity) noexcept nogil
    cdef void _restore_values(self, Py_ssize_t n) noexcept nogil
    cdef void _watch(self, int32_t account, int64_t before) noexcept nogil
    cdef void _note(self, int what, int32_t account, int64_t level) noexcept nogil
    cdef int _make_room(self) noexcept nogil
    cdef int _widen_tape(self) noexcept nogil
