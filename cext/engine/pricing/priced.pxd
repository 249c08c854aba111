"""A priced basket: flat, and dressed as a quote when asked."""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport TAXES_LIMIT, BookRecord, Plan
from cext.engine.pricing.sheet cimport Lost, Piece, Sheet, Taking, Used
from cext.engine.tail.tail_work cimport TailGift

cdef struct PricedLine:
    int64_t gross
    int64_t left
    int32_t item
    int32_t given  # position in the basket
    int32_t price

cdef struct TaxRecord:
    int64_t net
    int64_t tax
    bint used

cdef struct Sums:
    int64_t gross
    int64_t net
    int64_t payable

cdef int sum_up(const Sheet* sheet, Sums* sums) noexcept nogil

@cython.final
@cython.no_gc
cdef class Priced:
    cdef readonly int64_t gross_minor
    cdef readonly int64_t discount_minor
    cdef readonly int64_t payable_minor
    cdef readonly int64_t gap_minor
    cdef readonly int64_t points_n
    cdef Plan plan
    cdef tuple given  # the basket's lines
    cdef object unknown  # coupons no offer takes, or None
    cdef tuple offered  # the items of each gift
    cdef char* block
    cdef PricedLine* lines
    cdef Taking* takings
    cdef Lost* losses
    cdef Used* uses
    cdef Piece* pieces
    cdef TailGift* gifts
    cdef int32_t lines_n
    cdef int32_t takings_n
    cdef int32_t losses_n
    cdef int32_t uses_n
    cdef int32_t pieces_n
    cdef int32_t gifts_n

    cdef int record(self, const Sheet* sheet) except -1
    cdef int _copy(self, const Sheet* sheet) except -1
    cdef int _copy_tail(self, const Sheet* sheet) except -1
    cdef PyObject* _given(self, int32_t line) noexcept
    cdef object _dress_taking(self, const Taking* taking)
    cdef tuple _dress_lines(self, const int64_t* taxes)
    cdef list _dress_adjustments(self)
    cdef tuple _dress_losses(self)
    cdef tuple _dress_uses(self)
    cdef tuple _dress_gifts(self)
    cdef tuple _share_taxes(self, int64_t* shares)

cdef Priced make_priced(
    Plan plan, const Sheet* sheet, tuple given, object unknown, object left
)
