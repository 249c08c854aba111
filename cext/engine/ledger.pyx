"""The ledger: what every place has of everything, as a fold of movements.

Balances lie in one flat array: a row for each (kind, item), a column for each place. The sum of a
row is always zero, because a movement takes from one place what it gives to another.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

import hashlib

import msgspec
from msgspec import Struct

from cext.engine.rounding cimport take_int
from cext.errors import Refused, StorageError, break_off
from cext.lang.movement import Movement

cdef enum:
    MOVEMENTS_LIMIT = 1_000_000
    PLACES_LIMIT = 64
    PLACES_FIRST = 4
    ROWS_FIRST = 64
    HASH_BYTES = 32

MOVEMENTS_MAX_N = MOVEMENTS_LIMIT
PLACES_MAX_N = PLACES_LIMIT
SNAPSHOT_VERSION = 1
cdef int64_t QUANTITY_LIMIT = 10**15
cdef int64_t BALANCE_LIMIT = 2**62

cdef struct Step:
    int64_t quantity
    int32_t row
    int32_t source
    int32_t target


class Snapshot(Struct, frozen=True, array_like=True):
    """A ledger as bytes hold it: places, kinds and items in order of their names."""

    version: int
    posted_n: int
    places: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[int, ...]], ...]  # kind, item, a balance for each place


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Snapshot).decode


cdef class Ledger:
    """Balances of (kind, item, place); every balance begins at 0. `posted_n` counts movements."""

    cdef readonly int64_t posted_n
    cdef dict _kinds  # kind -> {item: row}
    cdef dict _places  # place -> column
    cdef int64_t* table
    cdef int32_t rows_n
    cdef int32_t rows_room
    cdef int32_t stride  # columns there is room for

    def __cinit__(self):
        self._kinds = {}
        self._places = {}
        self.rows_room = ROWS_FIRST
        self.stride = PLACES_FIRST
        self.table = <int64_t*>calloc(ROWS_FIRST * PLACES_FIRST, sizeof(int64_t))
        if self.table == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.table)

    def post(self, movements):
        """Post all of `movements`, or none of them.

        Refused("movement_invalid") for a quantity below 1, a place that gives to itself, or more
        than MOVEMENTS_MAX_N; Refused("balance_too_large") beyond 62 bits.
        """
        cdef Step* steps
        cdef Py_ssize_t i, steps_n = len(movements)
        cdef bint posted
        if steps_n > MOVEMENTS_LIMIT:
            raise Refused("movement_invalid", f"at most {MOVEMENTS_LIMIT} movements at once")
        steps = <Step*>malloc((steps_n + 1) * sizeof(Step))
        if steps == NULL:
            raise MemoryError
        try:
            for i in range(steps_n):
                self._read_step(movements[i], &steps[i])
            with nogil:
                posted = self._apply(steps, steps_n)
            if not posted:
                raise Refused("balance_too_large", "a balance would pass 62 bits")
            self.posted_n += steps_n
        finally:
            free(steps)

    def balance(self, kind, item, place):
        """What `place` has of `item`, in the unit of its kind; 0 for what was never moved."""
        rows = self._kinds.get(kind)
        row = None if rows is None else rows.get(item)
        column = self._places.get(place)
        if row is None or column is None:
            return 0
        return self._get_balance(row, column)

    def balances(self, kind, place):
        """All balances of one place that are not 0, by item."""
        rows = self._kinds.get(kind)
        column = self._places.get(place)
        if rows is None or column is None:
            return {}
        found = {item: self._get_balance(row, column) for item, row in rows.items()}
        return {item: balance for item, balance in found.items() if balance}

    def snapshot(self):
        """The ledger as bytes, the same for the same balances however they came about.

        Accounts at 0 are left out; a SHA-256 of the rest stands at the end.
        """
        used = [place for place in sorted(self._places) if self._is_used(self._places[place])]
        columns = [self._places[place] for place in used]
        rows = []
        for kind in sorted(self._kinds):
            for item, row in sorted(self._kinds[kind].items()):
                balances = tuple([self._get_balance(row, column) for column in columns])
                if any(balances):
                    rows.append((kind, item, balances))
        body = _encode(Snapshot(SNAPSHOT_VERSION, self.posted_n, tuple(used), tuple(rows)))
        return body + hashlib.sha256(body).digest()

    @staticmethod
    def restore(data):
        """The ledger of a snapshot; StorageError("snapshot_damaged") when it is not one."""
        cdef Ledger ledger = Ledger()
        if type(data) is not bytes:
            break_off("exact_bytes", what=type(data).__name__)
        body = data[:-HASH_BYTES]
        if hashlib.sha256(body).digest() != data[-HASH_BYTES:]:
            raise StorageError("snapshot_damaged", "the hash of the ledger's snapshot is wrong")
        try:
            saved = _decode(body)
        except msgspec.MsgspecError as exc:
            raise StorageError("snapshot_damaged", str(exc)) from exc
        if saved.version != SNAPSHOT_VERSION:
            raise StorageError("snapshot_damaged", f"snapshot version {saved.version}")
        columns = [ledger._find_place(place) for place in saved.places]
        for kind, item, balances in saved.rows:
            if len(balances) != len(columns) or sum(balances):
                raise StorageError("snapshot_damaged", f"{kind} {item} does not sum to zero")
            row = ledger._find_row(kind, item)
            for column, balance in zip(columns, balances):
                ledger._set_balance(row, column, balance)
        ledger.posted_n = saved.posted_n
        return ledger

    cdef int _read_step(self, object movement, Step* step) except -1:
        if type(movement) is not Movement:
            break_off("exact_movement", what=type(movement).__name__)
        step.quantity = take_int(movement.quantity, 1, QUANTITY_LIMIT, "movement")
        step.source = self._find_place(movement.source)
        step.target = self._find_place(movement.target)
        if step.source == step.target:
            raise Refused("movement_invalid", f"{movement.source!r} gives to itself")
        step.row = self._find_row(movement.kind, movement.item)
        return 0

    # The rows and columns of steps come from _find_row and _find_place and so lie in the array; a
    # balance is within 62 bits and a quantity within 50, so that their sum cannot overflow.
    @cython.overflowcheck(False)
    cdef bint _apply(self, Step* steps, Py_ssize_t steps_n) noexcept nogil:
        cdef Py_ssize_t i
        cdef int64_t* row
        cdef Step* step
        for i in range(steps_n):
            step = &steps[i]
            row = self.table + <Py_ssize_t>step.row * self.stride
            row[step.source] -= step.quantity
            row[step.target] += step.quantity
            if row[step.source] < -BALANCE_LIMIT or row[step.target] > BALANCE_LIMIT:
                self._undo(steps, i + 1)
                return False
        return True

    @cython.overflowcheck(False)
    cdef void _undo(self, Step* steps, Py_ssize_t steps_n) noexcept nogil:
        cdef Py_ssize_t i
        cdef int64_t* row
        for i in range(steps_n):
            row = self.table + <Py_ssize_t>steps[i].row * self.stride
            row[steps[i].source] += steps[i].quantity
            row[steps[i].target] -= steps[i].quantity

    cdef int64_t _get_balance(self, int32_t row, int32_t column):
        return self.table[<Py_ssize_t>row * self.stride + column]

    cdef int _set_balance(self, int32_t row, int32_t column, int64_t balance) except -1:
        self.table[<Py_ssize_t>row * self.stride + column] = balance
        return 0

    cdef bint _is_used(self, int32_t column):
        cdef int32_t row
        for row in range(self.rows_n):
            if self._get_balance(row, column):
                return True
        return False

    cdef int32_t _find_row(self, str kind, str item) except -1:
        """The row of an account; a new one when it is the first of its name."""
        cdef dict rows = self._kinds.get(kind)
        if rows is None:
            rows = self._kinds[kind] = {}
        row = rows.get(item)
        if row is None:
            if self.rows_n == self.rows_room:
                self._resize(self.rows_room * 2, self.stride)
            row = rows[item] = self.rows_n
            self.rows_n += 1
        return row

    cdef int32_t _find_place(self, str place) except -1:
        column = self._places.get(place)
        if column is None:
            column = len(self._places)
            if column >= PLACES_LIMIT:
                raise Refused("movement_invalid", f"more than {PLACES_LIMIT} places")
            if column == self.stride:
                self._resize(self.rows_room, self.stride * 2)
            self._places[place] = column
        return column

    cdef int _resize(self, int32_t rows_room, int32_t stride) except -1:
        cdef Py_ssize_t row
        cdef int64_t* wider = <int64_t*>calloc(<Py_ssize_t>rows_room * stride, sizeof(int64_t))
        if wider == NULL:
            raise MemoryError
        for row in range(self.rows_n):
            memcpy(
                wider + row * stride,
                self.table + row * self.stride,
                self.stride * sizeof(int64_t),
            )
        free(self.table)
        self.table = wider
        self.rows_room = rows_room
        self.stride = stride
        return 0
