"""A book's basket rows compiled flat: one record a row, and for each item the rows it is in."""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    SEEN = 1, BEARS = 2, NOT_SEEN = 4, NOT_BEARS = 8
    FLAGS = 16

cdef enum:
    AMOUNT, RATE, UNIT_PRICE, POINTS

cdef enum:
    EXCLUSIVE, BEST, STACK

cdef struct TailStep:
    int64_t min_minor
    int64_t min_quantity
    int64_t value

cdef struct TailRow:
    TailStep* steps
    int32_t* gifts  # items of `bears`, of a gift row
    int64_t points_n
    int64_t cap_minor
    int64_t instead_minor
    int64_t pieces_n
    int32_t cap_ppm
    int32_t number  # the caller's
    int32_t offer  # rows with the same one belong together
    int32_t group  # 0: competes with nobody
    int32_t priority
    int32_t steps_n
    int32_t gifts_n
    char stage
    char benefit
    char conflict
    bint all_seen  # of role goods, less the exclusions
    bint all_bear
    bint seen_has_but
    bint bears_has_but
    bint before
    bint repeat
    bint fair
    bint gift
    bint by_coupon  # touched when its coupon was scanned, and not otherwise

cdef struct TailBook:
    TailRow* rows
    TailStep* steps
    int32_t* gifts
    int32_t* first  # [items_n + 1] of an item's entries
    int32_t* entries  # row * 16 + flags
    int32_t* goods_rows  # that see or bear on all goods, and need no coupon
    char* is_goods  # [items_n]
    int32_t rows_n
    int32_t items_n
    int32_t goods_rows_n
    int32_t groups_n
    int32_t entries_n

cdef class TailPlan:
    # TailPlan(rows, index, items): rows are (number, BasketRow, Offer), numbers rising; index is
    # item id -> position in items, the book's. Refused("offer_invalid").
    cdef TailBook book

cdef void* reserve(Py_ssize_t records_n, size_t size) except NULL
