"""Which item a printed code belongs to: 12 bytes a place, a fifth of them free, one cache miss.

A dict of the same 100,000 strings takes five times the memory. Its keys come from the price book,
which the office wrote: nobody can aim at the hash.
"""

cimport cython
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy

from cext.engine.codes.digits cimport ascii_of, key_of

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio (Knuth 6.4)
cdef Py_ssize_t SLOTS_FIRST = 64


cdef class CodeTable:
    """From a printed code to a number of 0 or more; digits lie flat, the rest in a dict."""

    def __cinit__(self):
        self.others = {}
        self.slots = <Slot*>calloc(SLOTS_FIRST, sizeof(Slot))
        if self.slots == NULL:
            raise MemoryError
        self.mask = SLOTS_FIRST - 1
        self.shift = 58

    def __dealloc__(self):
        free(self.slots)

    def __sizeof__(self):
        return object.__sizeof__(self) + (self.mask + 1) * sizeof(Slot)

    # A slot is always free, so the walk ends; the mask keeps it inside the table.
    @cython.overflowcheck(False)
    cdef int32_t get(self, uint64_t key) noexcept nogil:
        """The number of `key` (see `key_of`), or -1."""
        cdef uint64_t at = (key * GOLDEN) >> self.shift
        while self.slots[at].key:
            if self.slots[at].key == key:
                return self.slots[at].value
            at = (at + 1) & self.mask
        return -1

    cdef int32_t find(self, str code):
        """The number of `code` exactly as printed, or -1."""
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(code, &n)
        cdef uint64_t key = 0 if at == NULL else key_of(at, n)
        if key:
            return self.get(key)
        return self.others.get(code, -1)

    cdef int32_t add(self, str code, int32_t value) except? -2:
        """Give `code` a number; the one it had before, which stays, or -1."""
        cdef Py_ssize_t n = 0
        cdef const unsigned char* at = ascii_of(code, &n)
        cdef uint64_t key = 0 if at == NULL else key_of(at, n)
        if key:
            return self.put(key, value)
        before = self.others.get(code)
        if before is None:
            self.others[code] = value
            return -1
        return before

    @cython.overflowcheck(False)
    cdef int32_t put(self, uint64_t key, int32_t value) except? -2:
        cdef uint64_t at
        if self.used_n * 5 >= <Py_ssize_t>self.mask * 4:
            self._grow()
        at = (key * GOLDEN) >> self.shift
        while self.slots[at].key:
            if self.slots[at].key == key:
                return self.slots[at].value
            at = (at + 1) & self.mask
        self.slots[at].key = key
        self.slots[at].value = value
        self.used_n += 1
        return -1

    @cython.overflowcheck(False)
    cdef int _grow(self) except -1:
        cdef Slot* old = self.slots
        cdef uint64_t old_n = self.mask + 1, i, at
        cdef Slot* fresh = <Slot*>calloc(2 * old_n, sizeof(Slot))
        if fresh == NULL:
            raise MemoryError
        self.mask = 2 * old_n - 1
        self.shift -= 1
        for i in range(old_n):
            if old[i].key:
                at = (old[i].key * GOLDEN) >> self.shift
                while fresh[at].key:
                    at = (at + 1) & self.mask
                fresh[at] = old[i]
        self.slots = fresh
        free(old)
        return 0


cdef class Names:
    """Texts by their number, as UTF-8 one after the other: an id costs its letters and 4 bytes."""

    def __cinit__(self):
        self.names_room = 64
        self.text_room = 1024
        self.text = <char*>malloc(self.text_room)
        self.ends = <uint32_t*>malloc(self.names_room * sizeof(uint32_t))
        if self.text == NULL or self.ends == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.text)
        free(self.ends)

    def __sizeof__(self):
        return object.__sizeof__(self) + self.text_room + self.names_room * sizeof(uint32_t)

    cdef int add(self, str name) except -1:
        cdef bytes raw = name.encode("utf-8", "surrogatepass")
        return self.add_raw(<const uint8_t*><const char*>raw, len(raw))

    cdef int add_raw(self, const uint8_t* name, size_t size) except -1:
        cdef size_t begin = self.ends[self.names_n - 1] if self.names_n else 0
        cdef size_t end = begin + size
        if end >= <size_t>2**32:
            raise MemoryError
        if end > self.text_room or self.names_n == self.names_room:
            self._resize(max(self.text_room, 2 * end), 2 * self.names_room)
        memcpy(self.text + begin, name, size)
        self.ends[self.names_n] = <uint32_t>end
        self.names_n += 1
        return 0

    cdef str get(self, Py_ssize_t index):
        """The name with this number, which the caller knows to be there."""
        cdef uint32_t begin = self.ends[index - 1] if index else 0
        return PyUnicode_DecodeUTF8(
            self.text + begin, self.ends[index] - begin, "surrogatepass"
        )

    cdef int shrink(self) except -1:
        """Give back the room that no name took."""
        if self.names_n:
            self._resize(max(1, self.ends[self.names_n - 1]), self.names_n)
        return 0

    cdef int _resize(self, size_t text_room, Py_ssize_t names_room) except -1:
        cdef char* text = <char*>realloc(self.text, text_room)
        cdef uint32_t* ends
        if text == NULL:
            raise MemoryError
        self.text = text
        self.text_room = text_room
        ends = <uint32_t*>realloc(self.ends, names_room * sizeof(uint32_t))
        if ends == NULL:
            raise MemoryError
        self.ends = ends
        self.names_room = names_room
        return 0
