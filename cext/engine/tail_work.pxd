"""One basket laid out for runs of the tail: which rows touch it, and on which lines."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.tail_plan cimport TailBook, TailRow

cdef enum TailClosed:
    TAIL_OPEN, TAIL_SILENT, TAIL_NOT_APPLICABLE, TAIL_LIMIT_REACHED

cdef enum TailWhy:
    TAIL_WHY_BEATEN, TAIL_WHY_NOT_APPLICABLE, TAIL_WHY_NOT_REACHED, TAIL_WHY_LIMIT_REACHED
    TAIL_WHY_USED_UP

cdef struct TailLine:
    int64_t gross
    int64_t quantity
    int32_t item  # index in the book
    int32_t pieces  # of a countable line; 0: a whole line
    int32_t number  # of the line in the basket, for what is not shared fairly

cdef struct TailTouched:
    int64_t uses_max  # at most so many times (repeat) or scans; the caller's
    int32_t row  # the caller's number
    int32_t scans  # of the offer's coupon; 0: it has none and counts once; the caller's
    int32_t at  # of its record in the book; inside
    char closed  # TailClosed; the caller's. TAIL_SILENT leaves no loss

cdef struct TailTaking:  # one for each (row, line), rows in the order they were applied
    int64_t amount
    int32_t line  # position in the lines given
    int32_t row
    int32_t pieces  # that it took up; 0: it was shared over whole lines

cdef struct TailLoss:  # one for each offer that took and gave nothing, under its first row
    int64_t missing_minor
    int64_t missing_n
    int32_t row
    char why  # TailWhy

cdef struct TailUse:  # one for each row that took or gave something
    int64_t times
    int32_t row

cdef struct TailGift:  # items: the row's `bears` less those known to be out of stock
    int64_t pieces_n
    int64_t price_minor
    int32_t row

# A touched and open row laid out for runs.
cdef struct TailSlot:
    TailRow* row
    int32_t* seen  # positions of lines, rising
    int32_t* bears  # positions; by line number where the row is not fair
    int64_t* taken  # beside bears, then beside seen for `instead`
    int32_t* pieces  # beside bears
    int64_t quantity  # of the seen lines
    int64_t gross  # of the seen lines
    int64_t uses_max
    int64_t used  # in this run
    int64_t given  # gift pieces offered in this run
    int32_t seen_n
    int32_t bears_n
    int32_t reach  # highest step by quantity alone, and by gross where that is what it sees
    bint stocked  # a gift of it is not known to be out of stock

# The rows of one offer in one stage: they never compete with each other.
cdef struct TailRival:
    int64_t amount  # what it takes alone, as the stage begins
    int32_t first  # slot
    int32_t slots_n
    int32_t scans
    int32_t why
    bint wins
    bint gives

cdef struct TailWork:
    const TailBook* book
    const TailLine* lines
    Py_ssize_t lines_n
    TailTouched* touched
    Py_ssize_t touched_n
    TailTaking* takings
    Py_ssize_t takings_n
    TailLoss* losses
    Py_ssize_t losses_n
    TailUse* uses
    Py_ssize_t uses_n
    TailGift* gifts
    Py_ssize_t gifts_n
    int64_t points_n  # spent
    # From here on for tail.pyx and tail_plan.pyx alone.
    int64_t points_max
    int32_t* place  # [book.rows_n]: index in touched, or -1

cdef int tail_open(TailWork* work, const TailBook* book) except -1 nogil
cdef void tail_close(TailWork* work) noexcept nogil
cdef int tail_touch(
    TailWork* work,
    const TailLine* lines,
    Py_ssize_t lines_n,
    const int32_t* scanned,  # rows of scanned coupons, the caller's numbers, rising
    Py_ssize_t scanned_n,
) except -1 nogil
cdef int tail_prepare(
    TailWork* work,
    int64_t points_max,  # the customer wants to spend at most these
    const int32_t* gone,  # items known to be out of stock, rising
    Py_ssize_t gone_n,
) except -1 nogil
