"""Items packed side by side, so that a hundred thousand of them cost a box megabytes, not dozens.

As structs an item costs about 400 bytes with its words; packed about a quarter of that. Every
access by index makes a fresh `Item`; `find`, `group` and `view` read bytes only, some twenty times
as fast.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from cext.engine.unpack cimport read_bool, read_int, read_text, read_texts

from array import array
from collections.abc import Sequence

import msgspec

from cext.errors import Refused, break_off, must
from cext.lang.item import Item

cdef enum:
    FREE = -1
    NIL = 0xC0  # msgpack: None
    STR_8 = 0xD9  # msgpack: a string with its length in the next byte
    BLOB_LIMIT = 2_147_483_647
    PER_USUAL = 1000

# The order is that of the packed arrays; only this process ever reads them.
cdef tuple FIELDS = (
    "item", "name", "price_minor", "codes", "department", "category", "brand", "tax",
    "unit", "per", "plu", "tags", "role", "open_price", "minimum_age",
)
cdef Py_ssize_t FIELDS_N = 15
cdef int SHARED_FIRST = 4  # department, category, brand, tax and unit are kept once, as numbers
cdef int SHARED_END = 9
cdef list DEFAULTS = list([getattr(Item(item="x", name="", price_minor=0), name)
                             for name in FIELDS])

# The head of a packed array is one byte up to 15 fields: `_id_at` counts on it.
must(set(FIELDS) == set(Item.__struct_fields__), "packed_fields_agree")
must(len(FIELDS) == FIELDS_N <= 15, "packed_head_is_one_byte")
must(SHARED_END - SHARED_FIRST == COLUMNS_N, "packed_columns_agree")
must(DEFAULTS[FIELDS.index("per")] == PER_USUAL, "packed_per_agrees")

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list).decode


cdef class PackedItems:
    """Items in the order given, as an immutable sequence. Refused("items_too_large") above 2 GiB.

    Of two items with one id `find` knows the first; `doubled` names such ids.
    """

    def __cinit__(self, items=()):
        cdef Py_ssize_t room = 1 << 12
        self._words = []
        self._word_of = {}
        self.doubled = ()
        self._offsets_room = 256
        self._offsets = <uint32_t*>PyMem_Malloc(self._offsets_room * sizeof(uint32_t))
        self._blob = <uint8_t*>PyMem_Malloc(room)
        self._names = b""
        self._blob_room = room
        if self._offsets == NULL or self._blob == NULL:
            raise MemoryError
        self._offsets[0] = 0

    def __init__(self, items=()):
        names = bytearray()
        starts = bytearray()
        for item in items:
            self._append(item)
            starts += (<uint32_t>len(names)).to_bytes(4, "little")
            names += item.name.casefold().encode() + b"\n"
        self._names = bytes(names)
        self._starts = memoryview(bytes(starts)).cast("I")
        self._word_of = None
        self._tighten()
        self._index_ids()

    def __dealloc__(self):
        PyMem_Free(self._blob)
        PyMem_Free(self._offsets)
        PyMem_Free(self._table)

    def __len__(self):
        return self._items_n

    def __getitem__(self, index):
        cdef Py_ssize_t at
        if isinstance(index, slice):
            return tuple([self._make(i) for i in range(*index.indices(self._items_n))])
        at = index
        if at < 0:
            at += self._items_n
        if not 0 <= at < self._items_n:
            raise IndexError(index)
        return self._make(at)

    def __iter__(self):
        cdef Py_ssize_t i
        for i in range(self._items_n):
            yield self._make(i)

    def __eq__(self, other):
        if not isinstance(other, (tuple, list, PackedItems)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other))

    __hash__ = None

    def __reduce__(self):
        return (PackedItems, (tuple(self),))

    def __contains__(self, item):
        return type(item) is Item and self.find(item.item) >= 0

    @property
    def size_bytes(self):
        """What all of it holds on to."""
        return (
            self._blob_room + 4 * self._offsets_room + 4 * self._slots_n
            + len(self._names) + 4 * self._items_n
        )

    def find(self, item):
        """The index of the item with this id, -1 where there is none; Broken unless a str."""
        if type(item) is not str:
            break_off("exact_str", what=type(item).__name__)
        return self.index_of(item)

    def id_at(self, index):
        """The id of the item at this index, without making the rest of it."""
        cdef Py_ssize_t size = 0
        cdef const uint8_t* text
        if not 0 <= index < self._items_n:
            raise IndexError(index)
        text = self._id_at(index, &size)
        return text[:size].decode()

    def measure_at(self, index):
        """(unit, per) of the item at this index: what its price is for."""
        cdef ItemView view
        if not 0 <= index < self._items_n:
            raise IndexError(index)
        if self.view(index, &view):
            return self._words[view.words[UNIT]], view.per
        item = self._make(index)
        return item.unit, item.per

    def group(self, name):
        """{word: indices of the items that have it, in book order}, in an array("i") each.

        `name` is a field whose value is a word, or "tags". Only words that some item has.
        """
        cdef Py_ssize_t i
        cdef ItemView view
        cdef dict groups = {}
        cdef list lists = [None] * len(self._words)
        cdef Py_ssize_t column = FIELDS.index(name) - SHARED_FIRST
        is_tags = name == "tags"
        must(is_tags or name == "role" or 0 <= column < COLUMNS_N, "group_known", field=name)
        for i in range(self._items_n):
            if not self.view(i, &view):
                item = self._make(i)
                for word in dict.fromkeys(item.tags if is_tags else (getattr(item, name),)):
                    groups.setdefault(word, array("i")).append(i)
            elif is_tags:
                if view.tags_n:
                    for word in dict.fromkeys(self._make(i).tags):
                        groups.setdefault(word, array("i")).append(i)
            elif name == "role":
                word = "goods" if view.is_goods else "delivery"
                groups.setdefault(word, array("i")).append(i)
            else:
                found = lists[view.words[column]]
                if found is None:
                    found = lists[view.words[column]] = array("i")
                    groups.setdefault(self._words[view.words[column]], found)
                found.append(i)
        return groups

    def search(self, text, limit_n):
        """Indices of at most `limit_n` items whose name holds `text` in any case, in book order."""
        cdef list found = []
        cdef Py_ssize_t at = 0, low, high, middle
        wanted = text.casefold().encode(errors="replace")
        if not wanted or b"\n" in wanted:
            return ()
        while len(found) < limit_n:
            at = self._names.find(wanted, at)
            if at < 0:
                break
            low, high = 0, self._items_n
            while high - low > 1:
                middle = (low + high) // 2
                if self._starts[middle] <= at:
                    low = middle
                else:
                    high = middle
            found.append(low)
            at = self._names.find(b"\n", at)
        return tuple(found)

    cdef int32_t index_of(self, str item) except -2:
        """As `find`, for compiled callers."""
        cdef Py_ssize_t size = 0, other_size = 0
        cdef const char* text
        cdef const uint8_t* other
        cdef uint32_t slot
        cdef int32_t index
        if not item.isascii():
            return FREE
        text = PyUnicode_AsUTF8AndSize(item, &size)
        slot = <uint32_t>(hash_bytes(<const uint8_t*>text, size) & self._mask)
        while True:
            index = self._table[slot]
            if index == FREE:
                return FREE
            other = self._id_at(index, &other_size)
            if other_size == size and memcmp(other, text, size) == 0:
                return index
            slot = (slot + 1) & <uint32_t>self._mask

    # --- making one

    cdef int _append(self, object item) except -1:
        cdef list values
        if type(item) is not Item:
            break_off("exact_item", what=type(item).__name__)
        if not item.item.isascii() or len(item.item) > 255:
            raise Refused("item_id_invalid", f"item id {item.item!r}: ASCII, at most 255 long")
        values = [getattr(item, name) for name in FIELDS]
        for at in range(SHARED_FIRST, SHARED_END):
            values[at] = self._number_of(values[at])
        last = len(values)
        while last > SHARED_END and values[last - 1] == DEFAULTS[last - 1]:
            last -= 1
        packed = _encode(values[:last])
        self._keep(packed)
        return 0

    cdef int _number_of(self, str word) except -1:
        number = self._word_of.get(word)
        if number is None:
            number = self._word_of[word] = len(self._words)
            self._words.append(word)
        return number

    cdef int _keep(self, bytes packed) except -1:
        cdef Py_ssize_t size = len(packed), used = self._offsets[self._items_n]
        if used + size >= BLOB_LIMIT:
            raise Refused("items_too_large", "the items of a price book must stay below 2 GiB")
        if used + size > self._blob_room:
            self._grow_blob((used + size) * 3 // 2)
        if self._items_n + 2 > self._offsets_room:
            self._grow_offsets(self._offsets_room * 2)
        memcpy(self._blob + used, <const char*>packed, size)
        self._items_n += 1
        self._offsets[self._items_n] = <uint32_t>(used + size)
        return 0

    cdef int _grow_blob(self, Py_ssize_t room) except -1:
        blob = <uint8_t*>PyMem_Realloc(self._blob, room)
        if blob == NULL:
            raise MemoryError
        self._blob, self._blob_room = blob, room
        return 0

    cdef int _grow_offsets(self, Py_ssize_t room) except -1:
        offsets = <uint32_t*>PyMem_Realloc(self._offsets, room * sizeof(uint32_t))
        if offsets == NULL:
            raise MemoryError
        self._offsets, self._offsets_room = offsets, room
        return 0

    cdef int _tighten(self) except -1:
        self._grow_blob(max(self._offsets[self._items_n], 1))
        self._grow_offsets(self._items_n + 1)
        return 0

    cdef int _index_ids(self) except -1:
        """Open addressing at most half full, so that a probe is nearly always the first."""
        cdef Py_ssize_t i, size = 0, other_size = 0
        cdef const uint8_t* text
        cdef const uint8_t* other
        cdef uint32_t slot
        cdef list doubled = []
        self._slots_n = 8
        while self._slots_n < 2 * self._items_n:
            self._slots_n *= 2
        self._mask = self._slots_n - 1
        self._table = <int32_t*>PyMem_Malloc(self._slots_n * sizeof(int32_t))
        if self._table == NULL:
            raise MemoryError
        for i in range(self._slots_n):
            self._table[i] = FREE
        for i in range(self._items_n):
            text = self._id_at(i, &size)
            slot = <uint32_t>(hash_bytes(text, size) & self._mask)
            while self._table[slot] != FREE:
                other = self._id_at(self._table[slot], &other_size)
                if other_size == size and memcmp(other, text, size) == 0:
                    doubled.append(self.id_at(i))
                    break
                slot = (slot + 1) & <uint32_t>self._mask
            else:
                self._table[slot] = <int32_t>i
        self.doubled = tuple(doubled)
        return 0

    # --- reading one

    # The blob was written by `_append`: each read stays inside its item.
    @cython.overflowcheck(False)
    cdef bint view(self, Py_ssize_t index, ItemView* view) noexcept nogil:
        """Read the item at `index` in place; False where only `_make` can say what it holds."""
        cdef const uint8_t* at = self._blob + self._offsets[index]
        cdef int fields_n = at[0] & 0x0F, i
        cdef const uint8_t* text = NULL
        cdef size_t size = 0
        view.has_plu = False
        view.tags_n = 0
        view.is_goods = True
        view.open_price = False
        view.per = PER_USUAL
        at = read_text(at + 1, &view.item, &view.item_n)
        if at != NULL:
            at = read_text(at, &text, &size)
        if at != NULL:
            at = read_int(at, &view.price)
        if at != NULL:
            at = read_texts(at, &view.codes, &view.codes_n)
        for i in range(COLUMNS_N):
            if at != NULL:
                at = read_int(at, &view.words[i])
        if at != NULL and fields_n > 9:
            at = read_int(at, &view.per)
        if at != NULL and fields_n > 10:
            view.has_plu = at[0] != NIL
            at = read_text(at, &text, &size) if view.has_plu else at + 1
        if at != NULL and fields_n > 11:
            at = read_texts(at, &view.tags, &view.tags_n)
        if at != NULL and fields_n > 12:
            at = read_text(at, &text, &size)
            view.is_goods = size == 5 and memcmp(text, b"goods", 5) == 0
            if not view.is_goods and (size != 8 or memcmp(text, b"delivery", 8)):
                at = NULL
        if at != NULL and fields_n > 13:
            at = read_bool(at, &view.open_price)
        return at != NULL

    cdef list numbers_in(self, dict words):
        """For each number that stands for a word in a `view`: `words[word]`, or -1."""
        return [words.get(word, FREE) for word in self._words]

    cdef const uint8_t* _id_at(self, Py_ssize_t index, Py_ssize_t* size) noexcept nogil:
        """The bytes of an id: the first string of the packed array, whose head is one byte."""
        cdef const uint8_t* at = self._blob + self._offsets[index] + 1
        if at[0] == STR_8:
            size[0] = at[1]
            return at + 2
        size[0] = at[0] & 0x1F
        return at + 1

    cdef object _make(self, Py_ssize_t index):
        cdef Py_ssize_t start = self._offsets[index]
        cdef Py_ssize_t size = self._offsets[index + 1] - start
        cdef list values = _decode((<const char*>(self._blob + start))[:size])
        cdef list words = self._words
        if len(values) < FIELDS_N:
            values += DEFAULTS[len(values):]
        # Spelled out, because a dict of keywords would cost more than all the rest.
        return Item(
            item=values[0],
            name=values[1],
            price_minor=values[2],
            codes=tuple(values[3]),
            department=words[values[4]],
            category=words[values[5]],
            brand=words[values[6]],
            tax=words[values[7]],
            unit=words[values[8]],
            per=values[9],
            plu=values[10],
            tags=tuple(values[11]),
            role=values[12],
            open_price=values[13],
            minimum_age=values[14],
        )


Sequence.register(PackedItems)


# Unsigned arithmetic wraps here on purpose.
@cython.overflowcheck(False)
cdef uint64_t hash_bytes(const uint8_t* text, Py_ssize_t size) noexcept nogil:
    """FNV-1a with a last stir, so that ids which count up spread over the whole table."""
    cdef uint64_t hashed = <uint64_t>0xCBF29CE484222325ULL, prime = <uint64_t>0x100000001B3ULL
    cdef Py_ssize_t i
    for i in range(size):
        hashed = (hashed ^ text[i]) * prime
    return hashed ^ (hashed >> 29)
