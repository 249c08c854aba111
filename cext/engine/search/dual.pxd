"""Branch and bound over prices of pieces: the proof that a choice is the best."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.search.alone cimport Board
from cext.engine.search.contest cimport Arena

cdef enum:
    DEPTH_LIMIT = 2048

# One decision: a deal is used at most so often, or more; or it may take at most so many of a
# kind, or has more of it kept.
cdef struct Branch:
    int64_t bound  # of the node above, scaled
    int32_t deal
    int32_t member  # -1: it is about the uses
    int32_t split  # at most `split`, or more than it
    int32_t most  # what stood before
    int32_t kept
    bint more  # the side at hand
    bint last  # the other side is done

cdef struct Dual:
    int64_t* prices  # [kinds_n] scaled, of one piece
    int64_t* root  # [kinds_n] the prices before any branch
    int64_t* tightest  # [kinds_n] those that gave the lowest bound of the node
    int64_t* slope  # [kinds_n] pieces wanted beyond those there are
    int64_t* glide  # [kinds_n] the slopes of the last rounds, fading
    int32_t* caps  # [members_n] what a deal may take of a kind
    int32_t* most  # [members_n]
    int32_t* kept  # [members_n]
    int32_t* kept_n  # [kinds_n]
    int32_t* taken  # [members_n]
    int32_t* sums  # [members_n] of taken, over the rounds of a node
    int32_t* times  # [deals_n]
    int32_t* times_sums  # [deals_n]
    int64_t* stakes  # [deals_n] the most a use was seen to save
    int32_t rounds_n
    Branch* branches

cdef void claim_dual(Dual* dual, const Board* board, Arena* arena) noexcept nogil
cdef int64_t prove(Board* board, Dual* dual) noexcept nogil
