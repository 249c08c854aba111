"""What a run writes down."""

from libc.stdint cimport int32_t

from cext.engine.tail.tail_due cimport Due
from cext.engine.tail.tail_work cimport TailRival, TailSlot, TailWork

cdef void note_parts(
    TailWork* work, const int32_t* members, int32_t members_n, int32_t k, bint pieces
) noexcept nogil
cdef void note_once(
    TailWork* work, const int32_t* members, int32_t members_n, int32_t row
) noexcept nogil
cdef void note_gift(TailWork* work, const TailSlot* slot, const Due* due) noexcept nogil
cdef void note_rival(TailWork* work, TailRival* rival, bint lone) noexcept nogil
cdef void note_losses(TailWork* work) noexcept nogil
cdef void explain(TailWork* work, TailRival* rival) noexcept nogil
cdef void blame(TailRival* rival, char why) noexcept nogil
