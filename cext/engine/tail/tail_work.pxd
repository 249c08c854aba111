"""One basket laid out for runs of the tail: which rows touch it, and on which lines."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.rounding cimport Share
from cext.engine.tail.tail_plan cimport TailBook, TailRow

cdef enum:
    STAGES_N = 5
    NONE_OFFERED = -1  # no item of the gift costs more than it would as a gift

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

cdef struct TailTouched:
    int64_t uses_max  # at most so many times (repeat) or scans; the caller's
    int32_t row  # the caller's number
    int32_t scans  # of the offer's coupon; 0: it has none and counts once; the caller's
    int32_t at  # of its record in the book; inside, as is the next
    int32_t slot  # -1: not open, or it sees no line
    char closed  # TailClosed; the caller's. TAIL_SILENT leaves no loss

cdef struct TailTaking:  # one for each (row, line), rows in the order they were applied
    int64_t amount
    int64_t pieces_n  # that it took up; 0: it was shared over whole lines
    int32_t line  # position in the lines given
    int32_t row

cdef struct TailLoss:  # one for each offer that took and gave nothing, under one of its rows
    int64_t missing_minor
    int64_t missing_n
    int32_t row
    char why  # TailWhy

cdef struct TailUse:  # one for each row that took something
    int64_t times
    int32_t row

# One for each use that offers pieces: of the row's `bears` that are left and cost more than this.
cdef struct TailGift:
    int64_t pieces_n
    int64_t price_minor
    int32_t row

cdef struct TailStock:  # pieces of an item that are left beside those in the basket
    int32_t item  # stands first: it is looked for
    int64_t left_n

# A touched and open row laid out for runs.
cdef struct TailSlot:
    const TailRow* row
    int32_t* seen  # positions of lines, rising
    int32_t* bears  # rising: what is not shared fairly is taken in canonical order too
    int64_t quantity  # of the seen lines
    int64_t gross  # of the seen lines
    int64_t uses_max
    int64_t* lefts_n  # of a gift: pieces that may be offered at each step; NONE_OFFERED
    int64_t used  # in this run, as are the next four; what is only offered counts for the limit too
    int64_t booked  # uses that took something
    int64_t offered_n
    int64_t missing_minor
    int64_t missing_n
    int32_t seen_n
    int32_t bears_n
    char why  # TailWhy
    bint bearing  # it bears on a line, be it one of whose pieces nothing is known

# The rows of one offer in one stage: they never compete with each other.
cdef struct TailRival:
    TailSlot* slots
    int64_t amount  # what it takes alone, as the stage begins
    int32_t slots_n
    int32_t scans
    bint once  # one row that is not for pieces, used at most once: no more than a use to write down
    bint gives  # a gift is offered
    bint wins

# How many of each there is room for.
cdef struct Room:
    Py_ssize_t lines_n
    Py_ssize_t slots_n
    Py_ssize_t touched_n
    Py_ssize_t gifts_n
    Py_ssize_t steps_n  # of gift rows

# What a piece of an item costs without offers, for the caller's `asker`.
ctypedef int64_t (*PriceOf)(const void* asker, int32_t item) noexcept nogil

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
    PriceOf price_piece  # the caller's, as is the next, after `tail_open`; NULL: nobody knows
    const void* asker
    # From here on for the tail's own rooms.
    int64_t points_max
    int64_t points_left
    int32_t* place  # [book.rows_n]: index in touched + 1, or 0
    int32_t* order  # [book.rows_n]
    char* room  # everything below is cut from it
    size_t room_size
    TailSlot* slots
    int32_t slots_n
    # Every row sees and bears on all goods: only their sum matters, and each slot has one line that
    # stands for them all. Who takes what of which line is worked out for the record alone.
    bint folded
    int32_t zero  # position of that line
    bint doubled  # some item stands on several lines, which are then side by side
    int64_t goods_quantity  # of all goods, as is the next
    int64_t goods_gross
    Room cut  # what the room was cut for
    TailRival* rivals
    int32_t stages[STAGES_N + 1]  # the first rival of each stage, and the end
    char* marks  # [touched_n * lines_n]: flags of the entries
    int32_t* members
    int32_t* goods  # positions of all lines of role goods
    int32_t goods_n
    int32_t* group_best  # [book.groups_n + 1]
    int64_t* now  # [lines_n]: lefts as a run goes on, and below as an offer is tried alone
    int64_t* spread  # [lines_n]: lefts of a folded basket as a record goes on
    int64_t* alone
    int64_t* weights
    int64_t* lumps  # shares of items, where one stands on several lines
    int64_t* parts  # beside a list of lines
    int64_t* counts  # pieces, beside parts
    Share* shares
    int64_t* lefts_n  # where those of the slots are
    int64_t* taken  # [slots of the largest rival * lines_n], for the record
    int64_t* took  # pieces, beside taken

cdef bint is_plain(const TailRow* row) noexcept nogil
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
    const TailStock* stock,  # of the gifts whose stock is known, by item, rising
    Py_ssize_t stock_n,
) except -1 nogil
