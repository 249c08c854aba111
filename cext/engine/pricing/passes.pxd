"""The passes over a basket, and the tail behind them."""

from cext.engine.pricing.sheet cimport Sheet
from cext.engine.tail.tail_work cimport TailWork

cdef int touch_tail(Sheet* sheet) except -1 nogil
cdef void ask_rows(Sheet* sheet, TailWork* work) noexcept nogil
cdef int settle(Sheet* sheet) except -2 nogil
