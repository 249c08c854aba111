"""What a tier saves on the lines it takes."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.parts cimport Part
from cext.engine.pricing.plan cimport RowRecord
from cext.engine.pricing.sheet cimport Deal, Line, Sheet

cdef int64_t save_step(
    const Line* line, const RowRecord* row, int64_t value, const Part* part, int64_t left
) noexcept nogil
cdef void set_part(const Line* line, int32_t pieces_n, Part* part) noexcept nogil
cdef void price_tier(Sheet* sheet, Deal* deal) noexcept nogil
