"""The deals and tiers of one pass: which are used, how often, and on which pieces."""

from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.sheet cimport Line, Sheet

cdef int settle_deals(Sheet* sheet, int64_t turn) except -2 nogil
