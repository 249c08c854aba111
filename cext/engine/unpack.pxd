"""MessagePack as this process wrote it, read in place (msgpack spec: github.com/msgpack/msgpack).

Each function returns where the next value begins, or NULL for a value of another type: then the
caller takes the long way. The bytes are trusted to be whole.
"""

cimport cython
from libc.stddef cimport size_t
from libc.stdint cimport int64_t, uint8_t, uint64_t


# Shifts of bytes into 64 bits: nothing overflows.
@cython.overflowcheck(False)
cdef inline uint64_t big_endian(const uint8_t* at, int n) noexcept nogil:
    cdef uint64_t number = 0
    cdef int i
    for i in range(n):
        number = (number << 8) | at[i]
    return number


# `kind - 0xCC` is 0 to 3, so a size is 1 to 8.
@cython.overflowcheck(False)
cdef inline const uint8_t* read_int(const uint8_t* at, int64_t* value) noexcept nogil:
    """A whole number of 0 or more below 2^63."""
    cdef int kind = at[0], size
    cdef uint64_t number
    if kind < 0x80:
        value[0] = kind
        return at + 1
    if kind < 0xCC or kind > 0xCF:
        return NULL
    size = 1 << (kind - 0xCC)
    number = big_endian(at + 1, size)
    if number >> 63:
        return NULL
    value[0] = <int64_t>number
    return at + 1 + size


# As in `read_int`; a length is below 2^32.
@cython.overflowcheck(False)
cdef inline const uint8_t* read_text(
    const uint8_t* at, const uint8_t** text, size_t* size
) noexcept nogil:
    """A string: its UTF-8 bytes and how many they are."""
    cdef int kind = at[0], head = 0
    if kind & 0xE0 == 0xA0:
        size[0] = kind & 0x1F
    elif 0xD9 <= kind <= 0xDB:
        head = 1 << (kind - 0xD9)
        size[0] = big_endian(at + 1, head)
    else:
        return NULL
    text[0] = at + 1 + head
    return text[0] + size[0]


# As in `read_text`.
@cython.overflowcheck(False)
cdef inline const uint8_t* read_texts(
    const uint8_t* at, const uint8_t** first, size_t* count
) noexcept nogil:
    """An array of strings: where the first begins and how many they are."""
    cdef int kind = at[0], head = 0
    cdef size_t size = 0, i
    cdef const uint8_t* text = NULL
    if kind & 0xF0 == 0x90:
        count[0] = kind & 0x0F
    elif kind == 0xDC or kind == 0xDD:
        head = 2 << (kind - 0xDC)
        count[0] = big_endian(at + 1, head)
    else:
        return NULL
    at += 1 + head
    first[0] = at
    for i in range(count[0]):
        at = read_text(at, &text, &size)
        if at == NULL:
            return NULL
    return at


cdef inline const uint8_t* read_bool(const uint8_t* at, bint* value) noexcept nogil:
    if at[0] & 0xFE != 0xC2:
        return NULL
    value[0] = at[0] & 1
    return at + 1
