"""Deals alone on their lines, with no item row beside them: settled by a sum."""

from libc.stdint cimport int64_t

from cext.engine.pricing.plan cimport RowRecord
from cext.engine.pricing.sheet cimport Deal, Sheet

cdef enum Lone:
    NOT_LONE, LONE_LOST, LONE_USED

cdef char settle_lone(Sheet* sheet, Deal* deal, int64_t* pieces_n) noexcept nogil
cdef void mark_lone(Sheet* sheet, const Deal* deal) noexcept nogil
cdef int64_t save_use(const RowRecord* row, int64_t pieces_n, int64_t piece) noexcept nogil
