"""The item price of a part of a line: what its item rows save on it, in which company."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.sheet cimport Cand, Deal, Line, Sheet

# Some pieces of a line, or all of it.
cdef struct Part:
    int64_t quantity
    int64_t gross
    int64_t turn  # of the pass
    int64_t times  # so many such parts; 0: only look
    const Deal* beside  # the deal or tier the part is in; NULL: it is free
    bint even  # set to False when something had to be rounded

cdef int64_t save(
    const Line* line, const Cand* cand, const Part* part, int64_t left
) noexcept nogil
cdef int64_t price_part(Sheet* sheet, const Line* line, Part* part) noexcept nogil
