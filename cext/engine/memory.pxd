"""Memory by cache lines: room for flat records, and asking for a line before it is needed."""

from libc.string cimport memset

cdef enum:
    CACHE_LINE = 64

# The empty assembler line keeps the compiler from dropping a function that does nothing else.
cdef extern from *:
    """
    #define fetch(place) do { __builtin_prefetch(place); __asm__ volatile(""); } while (0)
    """
    void fetch(const void* place) nogil

cdef extern from "stdlib.h":
    int posix_memalign(void** block, size_t alignment, size_t size) nogil


cdef inline void* get_room(Py_ssize_t count, size_t size) except NULL:
    """Zeros for one record more than that, to be given back by `free`.

    A record of half a cache line or a whole one never lies across two.
    """
    cdef void* room = NULL
    if posix_memalign(&room, CACHE_LINE, (count + 1) * size):
        raise MemoryError
    memset(room, 0, (count + 1) * size)
    return room
