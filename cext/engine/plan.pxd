"""A price book compiled to flat arrays, as the pricing walks it."""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    TAXES_LIMIT = 64

cdef enum:
    UNIT_PRICE, RATE, AMOUNT

cdef enum:
    ALL, MEMBER, COUPON

cdef enum:
    EXCLUSIVE, BEST, STACK

cdef struct ItemRecord:
    int64_t price
    int32_t per
    int32_t tax
    int32_t first  # of its rows, in Pricer.item_rows
    int32_t rows_n
    bint open_price

cdef struct RowRecord:
    int64_t value
    int64_t from_ms
    int64_t until_ms
    int32_t priority
    char benefit
    char audience
    char conflict

cdef struct TaxRecord:
    int64_t rate_ppm

cdef class Plan:
    cdef readonly object book
    cdef dict _index  # item id -> its record
    cdef dict _coupons  # coupon code -> (first row, number of rows)
    cdef list _taxes  # the keys, sorted
    cdef list _offers  # of each row, its Offer
    cdef list _rows  # of each row: (kind, reason, funded by)
    cdef ItemRecord* items
    cdef RowRecord* rows
    cdef int32_t* item_rows
    cdef TaxRecord taxes[TAXES_LIMIT]

    cdef int _load_items(self, list problems) except -1
    cdef int _load_offers(self, list problems) except -1
    cdef int _fill_rows(self, list records) except -1
    cdef int _index_rows(self, object targets) except -1
