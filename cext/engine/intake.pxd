"""A basket and rights, as Python holds them, written on a sheet."""

from cext.engine.plan cimport Plan
from cext.engine.sheet cimport Sheet

cdef object read_basket(Plan plan, Sheet* sheet, object basket)
cdef int read_rights(Plan plan, Sheet* sheet, object rights) except -1
cdef int prepare_tail(Plan plan, Sheet* sheet, object rights) except -1
