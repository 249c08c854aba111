"""What the ledger's rooms share: an account is a number, its balance a cell of a flat array."""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    KIND = 0
    ITEM = 1
    PLACE = 2
    LOT = 3
    OWNER = 4
    RIGHT = 5
    FIELDS = 6

cdef enum:
    NO_FLOOR = 0
    SOFT_FLOOR = 1  # allowed, and said in the result
    HARD_FLOOR = 2  # refused

cdef int64_t BALANCE_LIMIT, VALUE_LIMIT, QUANTITY_LIMIT, NO_LOW, NO_HIGH

cdef struct Key:
    int32_t names[6]

# As long as a balance stays within calm_low..calm_high, a movement changes nothing else.
cdef struct Cell:
    int64_t balance
    int64_t calm_low
    int64_t calm_high
    int32_t kind
    int32_t item

cdef struct Rule:
    int64_t floor
    int64_t reserved
    int64_t buffer
    int64_t low
    int64_t high
    int64_t policy

cdef struct Cost:
    int64_t value
    int64_t last_value  # the last known cost is last_value for last_quantity
    int64_t last_quantity
    int32_t variance  # the account that takes differences; -1 for that account itself
    int32_t settles  # a holding: moving average, and what is below zero is settled

cdef class Accounts:
    cdef Cell* cells
    cdef Key* keys
    cdef int32_t* rule_of
    cdef int32_t* cost_of
    cdef Rule* rules
    cdef Cost* costs
    cdef int32_t* slots
    cdef int32_t count, room, rules_n, rules_room, costs_n, costs_room
    cdef int64_t slots_n
    cdef dict ids  # name -> number
    cdef list names  # number -> name
    cdef set places
    cdef dict policies  # (kind, place) -> (valued, floor, hard)
    cdef set valued_kinds
    cdef bint busy  # a batch runs without the GIL: nothing may move under it

    cdef int enter(self) except -1
    cdef int32_t take_name(self, object name) except -1
    cdef int32_t open_key(self, Key* key) except -1
    cdef int32_t find_named(self, tuple named) except -2
    cdef int32_t open_named(self, tuple named) except -1
    cdef int32_t take_account(self, object account) except -1
    cdef tuple named(self, int32_t account)
    cdef Rule* open_rule(self, int32_t account) except NULL
    cdef void retune(self, int32_t account) noexcept nogil
    cdef int64_t available_of(self, int32_t account) noexcept nogil
    cdef bint _apply_policy(self, int32_t account) except -1
    cdef int32_t _open_variance(self, const Key* key) except -2
    cdef int _open_cost(self, int32_t account, int32_t variance, bint settles) except -1
    cdef int32_t _find(self, Key* key) noexcept nogil
    cdef int64_t _slot(self, Key* key) noexcept nogil
    cdef int _rehash(self, int64_t slots_n) except -1
    cdef int _widen(self, int32_t room) except -1
    cdef bint _has_kind(self, int32_t kind)

cdef int check_text(object text) except -1
