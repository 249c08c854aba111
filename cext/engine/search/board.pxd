"""The search's problem laid out: members side by side, components, and the first choices."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.search.alone cimport Board
from cext.engine.search.contest cimport Arena, Choice, Problem

cdef void* claim(Arena* arena, Py_ssize_t size) noexcept nogil
cdef void claim_board(Board* board, const Problem* problem, Arena* arena) noexcept nogil
cdef void lay_out(Board* board) noexcept nogil
cdef bint take_component(Board* board, int32_t* parent, int32_t root) noexcept nogil
cdef void find_components(Board* board, int32_t* parent) noexcept nogil
cdef void start_trial(Board* board) noexcept nogil
cdef void fill_trial(
    Board* board, int32_t deal, const int64_t* prices, const int32_t* caps
) noexcept nogil
cdef void end_trial(Board* board) noexcept nogil
cdef void try_by_rank(Board* board) noexcept nogil
cdef void try_by_gain(Board* board) noexcept nogil
