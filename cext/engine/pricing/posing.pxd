"""The deals of a pass as a problem for the search, and its answer as pieces of lines."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.sheet cimport Sheet

cdef int search_deals(Sheet* sheet, int64_t turn, bint joint, int64_t most) except -1 nogil
cdef int64_t sum_lefts(Sheet* sheet) noexcept nogil
