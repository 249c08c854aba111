"""One basket under work: its lines, what competes for them, and what came of it. All flat.

Lines stand in canonical order: by item, label, quantity, what was set by hand, line number. So
the order of scanning decides nothing, not even the odd cent of a share.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport BookRecord
from cext.engine.search.search cimport Arena
from cext.engine.tail.tail_work cimport TailLine, TailWork

cdef enum State:
    IS_OPEN, IS_SILENT, IS_SHUT, IS_USED_UP  # the limit of its uses is reached

cdef enum Why:
    WHY_BEATEN, WHY_NOT_APPLICABLE, WHY_NOT_REACHED, WHY_LIMIT_REACHED, WHY_USED_UP, WHY_OVERRIDDEN

# What a price may depend on beside the goods.
cdef struct Asked:
    int64_t at_ms
    int64_t points_n
    int32_t utc_offset_min
    int32_t tier  # words of the plan, or NONE
    int32_t channel
    bint member
    bint first_order

# What is left of an offer for this customer or for all, where somebody counted.
cdef struct Cap:
    int64_t left_n
    int32_t offer

cdef struct Scan:
    int32_t coupon
    int32_t scans_n

cdef struct Line:
    int64_t number
    int64_t quantity
    int64_t label  # NONE: there is none, as in the next
    int64_t amount  # set by hand
    int64_t manual  # taken off by hand
    int64_t gross
    int64_t left
    int64_t piece  # gross of one piece of a countable line
    int64_t free_each  # what one free piece saves in this pass, where all save alike
    const int64_t* free_saving  # what k free pieces save, where rounding makes it uneven
    int32_t item
    int32_t given  # position in the basket
    int32_t price  # in force
    int32_t per
    int32_t pieces  # 0: a whole line
    int32_t open_n  # pieces no pass has touched; 1 for a whole line
    int32_t taken_n  # of them in the deals of the choice looked at
    int32_t first  # of its candidates
    int32_t cands_n
    int32_t first_member  # of its places in deals
    int32_t members_n
    int32_t deals_n  # possible in this pass
    int32_t kind  # of the problem put to the search, or NONE
    bint overridden
    bint even  # in this pass: what free pieces save is `free_each` for each

# An open item row on one line.
cdef struct Cand:
    int64_t value
    int64_t turn
    int64_t taken  # in all
    int64_t worth  # on the part looked at
    int32_t row
    int32_t group
    char benefit
    char conflict
    bint wins
    bint starved  # it was its turn, and nothing was left

# A deal or tier that covers some line.
cdef struct Deal:
    int64_t turn
    int64_t uses_max
    int64_t times  # in all, as is `saving`
    int64_t saving
    int64_t times_held  # a choice put aside, as is `saving_held`
    int64_t saving_held
    int64_t value  # of a tier: everything its lines save
    int32_t row
    int32_t group
    int32_t first  # of its members
    int32_t last
    char state
    char conflict
    char shape
    bint possible  # in this pass
    bint posed  # to the search: the others are settled

cdef struct Member:
    int64_t along  # what item rows save on each of its pieces; of a tier: on the line
    int64_t saving  # of a tier: by the tier alone
    int32_t line
    int32_t deal
    int32_t next  # of the same deal
    int32_t taken
    int32_t taken_held
    int32_t slot

cdef struct Touched:
    int64_t uses_max
    int32_t offer
    char state

cdef struct Taking:
    int64_t amount
    int32_t line  # position in canonical order
    int32_t row  # NONE: by hand

cdef struct Lost:
    int64_t missing_minor
    int64_t missing_n
    int32_t line  # NONE: the whole basket
    int32_t row
    int32_t why

cdef struct Used:
    int64_t times
    int32_t row
    int32_t first  # of its pieces
    int32_t pieces_n

cdef struct Piece:
    int32_t line
    int32_t pieces_n

cdef struct Sheet:
    const BookRecord* book
    Asked asked
    Line* lines
    Line* sorting
    Cand* cands
    Deal* deals
    int32_t* ranked  # deals in order of rank
    Member* members
    Touched* touched
    Taking* takings
    Taking* deal_takings
    Lost* losses
    Used* uses
    Piece* pieces
    int64_t* turns  # of the passes, rising
    int64_t* lefts
    int64_t* bases  # lefts before the deals of a pass
    int64_t* weights
    int64_t* parts
    TailLine* tail_lines
    int32_t* scanned  # basket rows of scanned coupons, rising
    Scan* scans
    Cap* caps
    int32_t* offer_place  # [offers] where in `touched`, if there
    int32_t* row_place  # [rows] where in `deals`, if there
    char* room  # of one pass's problem
    Py_ssize_t room_n
    Arena arena
    TailWork tail
    bint has_tail  # the book has basket rows
    Py_ssize_t lines_max
    Py_ssize_t entries_max
    Py_ssize_t losses_max
    Py_ssize_t scanned_max
    Py_ssize_t lines_n
    Py_ssize_t cands_n
    Py_ssize_t deals_n
    Py_ssize_t members_n
    Py_ssize_t touched_n
    Py_ssize_t takings_n
    Py_ssize_t deal_takings_n
    Py_ssize_t losses_n
    Py_ssize_t uses_n
    Py_ssize_t pieces_n
    Py_ssize_t turns_n
    Py_ssize_t scanned_n
    Py_ssize_t scans_n
    Py_ssize_t caps_max
    Py_ssize_t caps_n
    int64_t work_max_n
    int64_t work_left  # of it, for this basket
    int64_t objective  # of the choice found last
    int64_t bound
    int64_t gap  # over all passes
    bint proven

cdef int open_sheet(Sheet* sheet, const BookRecord* book) except -1 nogil
cdef void close_sheet(Sheet* sheet) noexcept nogil
cdef int make_lines(Sheet* sheet, Py_ssize_t lines_n) except -1 nogil
cdef int make_entries(Sheet* sheet, Py_ssize_t entries_n) except -1 nogil
cdef int make_losses(Sheet* sheet, Py_ssize_t losses_n) except -1 nogil
cdef int make_scanned(Sheet* sheet, Py_ssize_t scanned_n) except -1 nogil
cdef int make_caps(Sheet* sheet, Py_ssize_t caps_n) except -1 nogil
cdef int make_room(Sheet* sheet, Py_ssize_t size_n) except -1 nogil
cdef void sort_lines(Sheet* sheet) noexcept nogil


# Room for every loss was made by make_entries or make_losses.
@cython.overflowcheck(False)
cdef inline void lose(Sheet* sheet, int32_t line, int32_t row, int32_t why) noexcept nogil:
    cdef Lost* lost = &sheet.losses[sheet.losses_n]
    lost.missing_minor = 0
    lost.missing_n = 0
    lost.line = line
    lost.row = row
    lost.why = why
    sheet.losses_n += 1
