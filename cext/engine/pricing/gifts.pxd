"""What a basket may be given: how many pieces are left, what one costs, what is then offered."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport Plan
from cext.engine.pricing.sheet cimport Sheet

cdef int64_t price_piece(const void* asker, int32_t item) noexcept nogil
cdef int prepare_gifts(Plan plan, Sheet* sheet, object left) except -1
cdef tuple list_offered(Plan plan, const Sheet* sheet, object left)
