"""Deals alone on their lines, with no item row beside them: settled by a sum."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport RowRecord, SlotRecord
from cext.engine.pricing.sheet cimport Deal, Sheet

cdef enum Lone:
    NOT_LONE, LONE_LOST, LONE_USED

# The open pieces of one line.
cdef struct Pile:
    int64_t piece
    int32_t open_n
    int32_t at  # the caller's

cdef struct Uses:
    int64_t times
    int64_t saving
    int64_t times_max
    int32_t open_n  # pieces on all piles

cdef char settle_lone(Sheet* sheet, Deal* deal, int64_t* pieces_n) noexcept nogil
cdef void mark_lone(Sheet* sheet, const Deal* deal) noexcept nogil
cdef int64_t save_use(const RowRecord* row, int64_t pieces_n, int64_t piece) noexcept nogil
cdef void pile_up(
    Pile* piles, int32_t piles_n, int64_t piece, int32_t open_n, int32_t at
) noexcept nogil
cdef bint sum_uses(
    const RowRecord* row, const SlotRecord* slot, const Pile* piles, int32_t piles_n, Uses* uses
) noexcept nogil
