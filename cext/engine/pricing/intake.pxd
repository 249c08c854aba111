"""A basket and rights, as Python holds them, written on a sheet."""

from libc.stdint cimport int64_t

from cext.engine.pricing.plan cimport Plan
from cext.engine.pricing.sheet cimport Sheet

cdef object read_basket(Plan plan, Sheet* sheet, object basket)
cdef int read_rights(Plan plan, Sheet* sheet, object rights) except -1
cdef int prepare_tail(Plan plan, Sheet* sheet, object rights) except -1
cdef int prepare_sheet(Plan plan, Sheet* sheet, int64_t work_max_n) except -1
