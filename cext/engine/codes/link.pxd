"""GS1 Digital Links."""

from cext.engine.codes.gs1 cimport Message

cdef bint is_link(const unsigned char* text, Py_ssize_t n) noexcept nogil
cdef bint read_link(Message* message) except -1
