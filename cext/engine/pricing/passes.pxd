"""The passes over a basket, and the tail behind them."""

from cext.engine.pricing.sheet cimport Sheet

cdef int touch_tail(Sheet* sheet) except -1 nogil
cdef int settle(Sheet* sheet) except -2 nogil
