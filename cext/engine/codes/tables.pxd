"""The codes of a price book, looked up."""

from libc.stdint cimport int32_t, uint64_t

from cext.engine.codes.lookup cimport CodeTable, Names
from cext.engine.packed cimport ItemView, PackedItems

cdef class Tables:
    cdef CodeTable codes
    cdef CodeTable plus
    cdef Names names
    cdef bytearray by_weight  # of each item: is it sold in grams
    cdef dict coupons  # coupon -> offer
    cdef list layouts
    cdef list problems

    cdef int32_t find_gtin(self, const unsigned char* gtin) noexcept nogil
    cdef int _load(self, object book) except -1
    cdef int _load_packed(self, PackedItems items, list shortened) except -1
    cdef bint _is_usual(self, ItemView* view)
    cdef int _load_digits(self, int32_t index, ItemView* view) except -1
    cdef int _load_item(self, int32_t index, object item, list shortened) except -1
    cdef int _load_coupon(self, str coupon, str offer) except -1
    cdef int _note_layouts(self, str code, str owner, bint is_coupon) except -1
    cdef int _note_double(self, str what, str key, str first, str second) except -1
    cdef int _add_widened(self, list shortened) except -1
    cdef int _note_one_number(self) except -1
