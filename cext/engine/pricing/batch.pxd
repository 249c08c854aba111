"""Many baskets in one call, as flat arrays."""

from libc.stdint cimport int64_t

from cext.engine.pricing.plan cimport Plan

cdef class Batch:
    cdef readonly object offsets
    cdef readonly object items
    cdef readonly object quantities
    cdef readonly object members
    cdef readonly object coupon_offsets
    cdef readonly object coupons
    cdef readonly int64_t at_ms

cdef object price_all(Plan plan, object batch, int64_t work_max_n)
