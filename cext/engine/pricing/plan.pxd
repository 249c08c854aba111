"""A price book compiled to flat records, as the pricing walks it."""

cimport cython
from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

from cext.engine.packed cimport PackedItems
from cext.engine.tail.tail_plan cimport TailPlan

cdef enum:
    TAXES_LIMIT = 64
    SLOTS_LIMIT = 8
    STEPS_LIMIT = 16
    SLOT_PIECES_LIMIT = 1000
    NONE = -1

cdef enum Shape:
    ITEM_ROW, TIER_ROW, DEAL_ROW, BASKET_ROW

cdef enum Benefit:
    UNIT_PRICE, RATE, AMOUNT, SET_PRICE, SET_OFF

# What an offer asks for: a member's card and no more, or something `find_state` has to look at.
cdef enum Asks:
    NOTHING, A_CARD, MORE

cdef enum Conflict:
    EXCLUSIVE, BEST, STACK

# Half a cache line.
cdef struct ItemRecord:
    int32_t price
    int32_t per
    int32_t first  # of its entries
    int32_t entries_n
    int32_t first_price  # of its other prices, or NONE
    uint8_t tax
    uint8_t is_goods  # 0 where no row follows from a sum
    bint is_piece
    bint open_price

# Another price that this store may take, the ones of an item side by side.
cdef struct PriceRecord:
    int64_t from_ms
    int64_t until_ms
    int32_t price
    int32_t channel  # a word, or NONE
    int32_t tier
    int32_t named_n
    bint last  # of its item

cdef struct WhenRecord:
    int32_t tiers_first  # in `words`
    int32_t tiers_n
    int32_t channels_first
    int32_t channels_n
    int32_t from_minute
    int32_t until_minute
    int32_t weekdays  # bit 1 is Monday; 0: every day
    bint member
    bint first_order
    bint elsewhere  # only in other stores

cdef struct OfferRecord:
    int64_t from_ms
    int64_t until_ms
    int64_t turn  # in which pass it comes: the lowest first
    int32_t group
    int32_t when  # NONE: always
    int32_t coupon
    int32_t basket_n  # NONE: no limit
    int32_t customer_n
    int32_t total_n
    char conflict

# One cache line: what its offer says is repeated, so that opening a row looks at nothing else.
cdef struct RowRecord:
    int64_t value
    int64_t from_ms
    int64_t until_ms
    int64_t turn
    int32_t offer
    int32_t first  # of its slots or steps
    int32_t group
    int32_t when
    int32_t coupon
    int32_t get_n
    int16_t parts_n
    char shape
    char benefit
    char conflict
    char marginal
    char asks  # Asks
    char lone  # a deal of one slot whose pieces get

cdef struct SlotRecord:
    int32_t pieces_n
    bint gets

cdef struct StepRecord:
    int64_t min_quantity
    int64_t value

cdef struct BookRecord:
    ItemRecord* items
    PriceRecord* prices
    OfferRecord* offers
    WhenRecord* whens
    RowRecord* rows
    SlotRecord* slots
    StepRecord* steps
    int32_t* entries  # row * SLOTS_LIMIT + slot, by item, in order of rank
    int32_t* words
    int64_t rates_ppm[TAXES_LIMIT]
    int32_t items_n
    int32_t offers_n
    int32_t rows_n
    int32_t taxes_n
    int32_t counter  # the word of the channel nobody need name
    bint tax_included
    bint apart  # may offers of two priorities not combine

@cython.cdivision(True)
cdef inline int32_t row_of(int32_t entry) noexcept nogil:
    """The row of an entry, which is row * SLOTS_LIMIT + slot."""
    return <int32_t>(<uint32_t>entry // SLOTS_LIMIT)


cdef class Plan:
    cdef readonly object book
    cdef BookRecord flat
    cdef TailPlan tail
    cdef PackedItems packed  # where the book's items are; else None
    cdef dict _index  # item id -> its record, where they are not packed
    cdef dict _coupons  # code -> number
    cdef list _coupon_rows  # of each coupon, its basket rows
    cdef list _coupon_offers  # of each coupon, (offer, row) of its offers on single items
    cdef dict _words  # tier or channel -> number
    cdef tuple _taxes  # the keys, sorted
    cdef list _offers  # ids, in order of rank
    cdef list _reasons  # of the offers, in order of rank
    cdef dict _offer_index  # id -> rank
    cdef list _rows  # of each row: (rule, kind, reason, funded by, items it may give or None)

    cdef int32_t find_item(self, object item) except -2
    cdef int32_t find_word(self, object word) except -2
    cdef object _load_items(self, list problems)
    cdef int _load_packed(self, dict tax_index, list problems) except -1
    cdef int _load_item(
        self, ItemRecord* record, object item, dict tax_index, list problems
    ) except -1
    cdef object _load_prices(self)
    cdef object _load_offers(self, list problems)
    cdef char _find_asks(self, const OfferRecord* offer)
    cdef object _load_entries(self, object entries)
