"""The deals and tiers of one pass: which are used, how often, and on which pieces."""

from libc.stdint cimport int64_t

from cext.engine.pricing.sheet cimport Sheet

cdef enum:
    SETTLED, TOO_MANY_PIECES, TAIL_RAN

cdef int settle_deals(Sheet* sheet, int64_t turn) except -2 nogil
