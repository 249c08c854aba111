"""A basket and rights, as Python holds them, written on a sheet."""

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t

from cext.engine.pricing.plan cimport Plan
from cext.engine.pricing.sheet cimport Sheet

cdef enum:
    WAYS_N = 4  # places a string may be known at, side by side in one cache line
    KNOWN_N = 4096
    KNOWN_SHIFT = 54  # 64 bits less those of KNOWN_N / WAYS_N

# A string seen before, and the item it names.
cdef struct Known:
    PyObject* item  # held, or NULL
    int32_t index

# Where fields stand in BasketLine, Basket and Rights.
cdef Py_ssize_t LINE_AT
cdef Py_ssize_t ITEM_AT
cdef Py_ssize_t QUANTITY_AT
cdef Py_ssize_t LINES_AT
cdef Py_ssize_t GIFTS_AT


cdef inline PyObject* get_slot(PyObject* struct, Py_ssize_t offset) noexcept nogil:
    """A field of a struct whose type was checked; borrowed."""
    return (<PyObject**>(<char*>struct + offset))[0]


cdef Py_ssize_t find_slot(object sample, str name) except -1
cdef void forget(Known* known) noexcept
cdef object read_basket(Plan plan, Known* known, Sheet* sheet, object basket)
cdef int read_rights(Plan plan, Sheet* sheet, object rights) except -1
cdef int prepare_tail(Plan plan, Sheet* sheet, object rights) except -1
cdef int prepare_sheet(Plan plan, Sheet* sheet, int64_t work_max_n) except -1
