"""The pricer, for compiled rooms that price many baskets by it."""

from libc.stdint cimport int64_t

from cext.engine.pricing.plan cimport Plan
from cext.engine.pricing.sheet cimport Sheet

cdef class Pricer(Plan):
    cdef Sheet sheet
    cdef int64_t work_max_n
    cdef bint busy
