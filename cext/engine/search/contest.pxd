"""The exact best combination of competing deals: what the search asks for and what it answers.

All arrays belong to the caller. Amounts are minor units; every sum of gross stays below 2**46.
"""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    DEAL_SLOTS_LIMIT = 8
    DEAL_PIECES_LIMIT = 1000  # of one slot

cdef enum:
    DEAL_PRICE, DEAL_OFF, DEAL_RATE, DEAL_AMOUNT, DEAL_UNIT_PRICE, DEAL_FIXED

# Pieces that are alike: same gross, same deals, same item prices.
cdef struct PieceKind:
    int32_t count  # pieces; 1 for a line that goes whole
    int64_t gross  # of one piece
    int64_t free_each  # what one free piece saves anyway, where k of them save k times that
    # What k free pieces save, k = 0..count, where rounding makes it uneven; NULL: free_each * k.
    const int64_t* free_saving

cdef struct DealForm:
    char benefit
    int64_t value  # of DEAL_FIXED everything its pieces save together
    int32_t uses_max  # 0: never
    int32_t get_n  # one slot only: so many of its pieces get, the cheapest; 0: all
    int32_t slots_n  # 0 for DEAL_FIXED
    int32_t slot_pieces[DEAL_SLOTS_LIMIT]
    bint slot_gets[DEAL_SLOTS_LIMIT]
    const signed char* slot_of  # [kinds_n] the slot a kind goes into (DEAL_FIXED: 0); -1: none
    const int64_t* piece_saving  # [kinds_n] item prices beside the deal, a piece; NULL: 0

cdef struct Choice:
    int32_t* times  # [deals_n] uses of each deal
    int32_t* taken  # [deals_n * kinds_n] pieces of each kind, a row a deal
    int64_t* saving  # [deals_n] by the deal alone, without piece_saving
    int64_t objective  # the smallest found
    int64_t bound  # no choice is below it
    int64_t work_n  # steps it took
    bint proven  # objective == bound

# The sum to be paid after everything, for a choice whose times, taken and saving are filled in.
ctypedef int64_t (*Evaluate)(void* context, const Choice* choice) noexcept nogil

cdef struct Problem:
    const PieceKind* kinds  # in canonical order
    int32_t kinds_n
    const DealForm* deals  # in order of rank
    int32_t deals_n
    int64_t work_max_n  # steps: see Board.work_n
    Evaluate evaluate  # NULL: the objective is the sum of gross less all savings
    int64_t evaluate_n  # steps that one evaluate counts as
    void* context
    int64_t tail_most  # at least what evaluate takes off beyond the savings, for any choice

# Room that lasts for one call of solve; used_n goes back to what it was when it returns.
cdef struct Arena:
    char* bytes  # aligned to 8
    Py_ssize_t size_n
    Py_ssize_t used_n
