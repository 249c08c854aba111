"""What a plain basket comes to, found without writing down why."""

from libc.stdint cimport int32_t, int64_t, uint8_t

from cext.engine.pricing.lone cimport Pile
from cext.engine.pricing.plan cimport RowRecord
from cext.engine.pricing.sheet cimport Sheet
from cext.engine.tail.tail_work cimport TailLine, TailWork

cdef enum:
    LINES_LIMIT = 500
    DEALS_LIMIT = 128
    TAILS_N = 17
    PILES_LIMIT = 1000  # a line may be in two deals

# Many baskets side by side, as `Batch` describes them, and what came of each.
cdef struct Flat:
    const int32_t* offsets
    const int32_t* items
    const int64_t* quantities
    const uint8_t* members
    const int32_t* coupon_offsets
    const int32_t* coupons
    const int32_t* row_offsets  # [coupons of the book + 1] in `rows`
    const int32_t* rows
    int64_t* payable
    int64_t* discount
    int64_t* gap
    Py_ssize_t coupons_n

# A deal of one slot and the piles of its lines, or a tier of one step and what it would save.
cdef struct PlainDeal:
    const RowRecord* row
    int64_t uses_max
    int64_t piece  # of every pile of a level deal
    int64_t quantity  # of a tier, as is the next
    int64_t saving
    int32_t first  # of its piles, which lead on by `at`
    int32_t open_n
    int32_t lines_n
    int32_t rival  # the deal that also has some of its lines, or NONE
    int32_t shared_n  # of its lines
    bint level

# The tail over one line that stands for all goods.
cdef struct PlainTail:
    TailWork work
    TailLine line
    int64_t key  # whose tail it is, or NONE

cdef struct Plain:
    Sheet* sheet
    PlainTail tails[TAILS_N]  # by who buys with which coupon; the last one for several coupons
    PlainDeal deals[DEALS_LIMIT]
    Pile piles[PILES_LIMIT]
    int64_t gross
    int64_t left
    int64_t goods_gross
    int64_t goods_left
    int64_t goods_quantity
    int32_t deals_n
    int32_t piles_n
    int32_t goods  # an item that is goods
    bint possible
    Py_ssize_t baskets_n  # that were plain

cdef int open_plain(Plain* plain, Sheet* sheet) except -1 nogil
cdef void close_plain(Plain* plain) noexcept nogil
cdef bint sum_plain(Plain* plain, const Flat* flat, Py_ssize_t at) except -1 nogil
