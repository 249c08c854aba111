"""Every choice that can still be the best, use by use: where prices alone cannot decide."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.search.alone cimport Board
from cext.engine.search.contest cimport Arena, Choice

# A use made, and what everything from the node above it on can still save.
cdef struct Level:
    int64_t bound  # scaled
    int64_t saving  # of the use alone
    int32_t at  # of its deal, among those at hand

cdef struct Walk:
    const int64_t* prices  # [kinds_n]
    Level* levels
    int32_t* uses  # [levels * width] pieces by member of the deal
    int32_t levels_n
    int32_t width
    int32_t* taken  # [members_n]
    int32_t* times  # [deals_n]
    int64_t* saving  # [deals_n]
    int64_t saved
    bint done  # all choices were looked at or ruled out
    # With an evaluate: the same choice as it is asked for, and the best of those so far.
    Choice now
    Choice* best
    int64_t gross

cdef void claim_walk(Walk* walk, const Board* board, Arena* arena) noexcept nogil
cdef int64_t walk_all(Board* board, Walk* walk, int64_t bound) noexcept nogil
