"""What a choice of deals means for the lines: shares, what is left, what is written down."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.sheet cimport Deal, Line, Sheet

cdef int64_t save_free(
    Sheet* sheet, const Line* line, int32_t pieces_n, int64_t turn
) noexcept nogil
cdef void share_deal(Sheet* sheet, const Deal* deal) noexcept nogil
cdef void find_lefts(Sheet* sheet, int64_t turn) noexcept nogil
cdef void record_deals(Sheet* sheet) noexcept nogil
cdef void hold_choice(Sheet* sheet) noexcept nogil
cdef void restore_choice(Sheet* sheet) noexcept nogil
