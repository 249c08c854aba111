"""The pricer, for compiled rooms that price many baskets by it."""

from libc.stdint cimport int64_t

from cext.engine.pricing.intake cimport KNOWN_N, Known
from cext.engine.pricing.plan cimport Plan
from cext.engine.pricing.sheet cimport Sheet

cdef class Pricer(Plan):
    cdef Sheet sheet
    cdef Known known[KNOWN_N]
    cdef int64_t work_max_n
    cdef bint busy
