"""Packed items, for compiled modules that look up ids."""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

# The words that are kept once, as numbers, in the order of an item's packed array.
cdef enum:
    DEPARTMENT, CATEGORY, BRAND, TAX, UNIT, COLUMNS_N

# An item read in place; texts are UTF-8 inside the blob and live as long as the `PackedItems`.
cdef struct ItemView:
    const uint8_t* item
    size_t item_n
    int64_t price
    int64_t per
    const uint8_t* codes  # for `read_text`, one after the other
    size_t codes_n
    const uint8_t* tags
    size_t tags_n
    int64_t words[COLUMNS_N]
    bint has_plu
    bint is_goods
    bint open_price

cdef class PackedItems:
    cdef uint8_t* _blob
    cdef uint32_t* _offsets  # where each item begins; one more than there are
    cdef int32_t* _table  # slot -> index
    cdef Py_ssize_t _items_n
    cdef Py_ssize_t _blob_room
    cdef Py_ssize_t _offsets_room
    cdef Py_ssize_t _slots_n
    cdef Py_ssize_t _mask
    cdef list _words
    cdef dict _word_of
    cdef bytes _names  # casefolded, one a line
    cdef object _starts
    cdef readonly tuple doubled

    cdef int32_t index_of(self, str item) except -2
    cdef int _append(self, object item) except -1
    cdef int _number_of(self, str word) except -1
    cdef int _keep(self, bytes packed) except -1
    cdef int _grow_blob(self, Py_ssize_t room) except -1
    cdef int _grow_offsets(self, Py_ssize_t room) except -1
    cdef int _tighten(self) except -1
    cdef int _index_ids(self) except -1
    cdef const uint8_t* _id_at(self, Py_ssize_t index, Py_ssize_t* size) noexcept nogil
    cdef object _make(self, Py_ssize_t index)
    cdef bint view(self, Py_ssize_t index, ItemView* view) noexcept nogil
    cdef list numbers_in(self, dict words)
