"""The exact best combination of competing deals: the door for other compiled rooms.

The structs are in contest.pxd and can be had from here.
"""

from cext.engine.search.contest cimport (
    DEAL_AMOUNT,
    DEAL_FIXED,
    DEAL_OFF,
    DEAL_PIECES_LIMIT,
    DEAL_PRICE,
    DEAL_RATE,
    DEAL_SLOTS_LIMIT,
    DEAL_UNIT_PRICE,
    Arena,
    Choice,
    DealForm,
    Evaluate,
    PieceKind,
    Problem,
)

cdef Py_ssize_t count_room(const Problem* problem) noexcept nogil  # bytes solve takes at most
cdef int solve(const Problem* problem, Choice* out, Arena* arena) noexcept nogil  # -1: no room
