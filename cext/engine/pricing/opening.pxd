"""Which offers are open to a basket, and on which of its lines."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport BookRecord, ItemRecord
from cext.engine.pricing.sheet cimport Asked, Sheet

cdef int open_lines(Sheet* sheet) except -2 nogil
cdef int32_t find_price(
    const BookRecord* book, const Asked* asked, const ItemRecord* item
) noexcept nogil
cdef int32_t count_scans(Sheet* sheet, int32_t coupon) noexcept nogil
cdef char find_state(Sheet* sheet, int32_t offer, int64_t* uses_max) noexcept nogil
