"""Flat tables from printed codes to numbers, and names kept as bytes."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

# Packed, so that a look-up touches one line of the cache: 12 bytes a place.
cdef packed struct Slot:
    uint64_t key  # digits behind a leading 1; 0: empty
    int32_t value

cdef class CodeTable:
    cdef Slot* slots
    cdef uint64_t mask
    cdef int shift
    cdef Py_ssize_t used_n
    cdef dict others

    cdef int32_t get(self, uint64_t key) noexcept nogil
    cdef int32_t find(self, str code)
    cdef int32_t add(self, str code, int32_t value) except? -2
    cdef int32_t put(self, uint64_t key, int32_t value) except? -2
    cdef int _grow(self) except -1

cdef class Names:
    cdef char* text
    cdef uint32_t* ends
    cdef Py_ssize_t names_n, names_room
    cdef size_t text_room

    cdef int add(self, str name) except -1
    cdef int add_raw(self, const uint8_t* name, size_t size) except -1
    cdef str get(self, Py_ssize_t index)
    cdef int shrink(self) except -1
    cdef int _resize(self, size_t text_room, Py_ssize_t names_room) except -1
