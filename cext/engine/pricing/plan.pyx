"""A price book compiled once into flat records, so that quoting never walks all offers.

One record an item, an offer and a row, and for each item the rows it is in, side by side in order
of rank. Words are kept for what is printed alone: ids of offers, reasons, taxes.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free

from array import array

from cext.engine.memory cimport CACHE_LINE, get_room
from cext.engine.packed cimport TAX, UNIT, ItemView, PackedItems
from cext.engine.pricing.figures cimport (
    check_offers,
    take_limit,
    take_slots,
    take_steps,
    take_value,
)
from cext.engine.rounding cimport take_int
from cext.engine.tail.tail_plan cimport TailPlan

from cext.engine.book import TAXES_MAX_N, find_problems
from cext.errors import Refused, break_off, must
from cext.lang.item import PriceBook
from cext.offers import BasketRow, DealRow, ItemRow, Slot, TierRow, lower_offers

must(TAXES_MAX_N == TAXES_LIMIT, "tax_limits_agree")
must(sizeof(RowRecord) == CACHE_LINE, "row_is_a_cache_line")
must(2 * sizeof(ItemRecord) == CACHE_LINE, "item_is_half_a_cache_line")

cdef enum:
    MINUTES = 1440

cdef int64_t PRICE_LIMIT = 1_000_000_000
cdef int64_t PER_LIMIT = 1_000_000
cdef int64_t RATE_LIMIT = 2_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t EXCLUSIVE_TURN = -1_000_000_000_000  # before every other pass
cdef int64_t ROWS_LIMIT = 2**31 // SLOTS_LIMIT - 1
cdef tuple BENEFITS = ("unit_price", "rate", "amount", "price", "off")
cdef tuple CONFLICTS = ("exclusive", "best", "stack")


cdef class Plan:
    """What one price book decides, compiled. Refused("price_book_invalid") lists its faults."""

    def __init__(self, book):
        if type(book) is not PriceBook:
            break_off("exact_book", what=type(book).__name__)
        problems = check_offers(book) or find_problems(book)
        if not problems:
            self.book = book
            self.flat.apart = book.zones == "apart"
            self.flat.tax_included = book.tax_included
            self._words = {}
            self._load_items(problems)
            self._load_prices()
            self._load_offers(problems)
            self.flat.counter = self.find_word("counter")
        if problems:
            raise Refused("price_book_invalid", "\n".join(problems), problems=tuple(problems))

    def __dealloc__(self):
        free(self.flat.items)
        free(self.flat.prices)
        free(self.flat.offers)
        free(self.flat.whens)
        free(self.flat.rows)
        free(self.flat.slots)
        free(self.flat.steps)
        free(self.flat.entries)
        free(self.flat.words)

    def get_item(self, item):
        """The `Item` with this id; Refused("item_unknown")."""
        cdef int32_t index = self.find_item(item)
        if index < 0:
            refuse_item(item)
        return self.book.items[index]

    def index_of(self, item):
        """The place in the book of the item with this id, for `Batch`; Refused("item_unknown")."""
        cdef int32_t index = self.find_item(item)
        if index < 0:
            refuse_item(item)
        return index

    def coupon_index(self, coupon):
        """The number of a coupon's code, for `Batch`; Refused("coupon_unknown")."""
        number = self._coupons.get(coupon)
        if number is None:
            raise Refused(
                "coupon_unknown",
                f"no offer takes coupon {coupon!r}; check the code, or sell without it",
                coupon=str(coupon),
            )
        return number

    def say_offer(self, offer):
        """What a person reads of the offer with this id, or the id where there is none such."""
        number = self._offer_index.get(offer)
        return offer if number is None else self._reasons[number]

    cdef int32_t find_item(self, object item) except -2:
        """The position of the item with this id, or NONE."""
        if self.packed is not None:
            return self.packed.index_of(item) if type(item) is str else NONE
        index = self._index.get(item)
        return NONE if index is None else index

    cdef int32_t find_word(self, object word) except -2:
        """The number of a tier or channel that some offer or price names, or NONE."""
        number = self._words.get(word)
        return NONE if number is None else number

    # --- items and prices

    cdef object _load_items(self, list problems):
        cdef Py_ssize_t i
        cdef ItemRecord* record
        book = self.book
        self._taxes = tuple(sorted(book.taxes))
        self.flat.taxes_n = len(self._taxes)
        for i, key in enumerate(self._taxes):
            try:
                rate = take_int(book.taxes[key].rate_ppm, 0, RATE_LIMIT, "rate")
                self.flat.rates_ppm[i] = rate
            except Refused as exc:
                problems.append(f"tax {key!r}: {exc.detail}")
        tax_index = {key: i for i, key in enumerate(self._taxes)}
        self.flat.items_n = len(book.items)
        self.flat.items = <ItemRecord*>get_room(self.flat.items_n, sizeof(ItemRecord))
        for i in range(self.flat.items_n):
            self.flat.items[i].first_price = NONE
        if type(book.items) is PackedItems:
            self.packed = book.items
            self._load_packed(tax_index, problems)
            return
        self._index = {item.item: i for i, item in enumerate(book.items)}
        for i, item in enumerate(book.items):
            self._load_item(&self.flat.items[i], item, tax_index, problems)

    cdef int _load_packed(self, dict tax_index, list problems) except -1:
        """What can be read in place is; the rest is made an `Item`, to say what is wrong."""
        cdef Py_ssize_t i
        cdef ItemView view
        cdef ItemRecord* record
        cdef list taxes = self.packed.numbers_in(tax_index)
        cdef list pieces = self.packed.numbers_in({"piece": 1})
        for i in range(self.flat.items_n):
            record = &self.flat.items[i]
            if (self.packed.view(i, &view) and 0 <= view.price <= PRICE_LIMIT
                    and 1 <= view.per <= PER_LIMIT and taxes[view.words[TAX]] >= 0):
                record.price = <int32_t>view.price
                record.per = <int32_t>view.per
                record.tax = taxes[view.words[TAX]]
                record.open_price = view.open_price
                record.is_piece = pieces[view.words[UNIT]] == 1
            else:
                self._load_item(record, self.packed[i], tax_index, problems)
        return 0

    cdef int _load_item(
        self, ItemRecord* record, object item, dict tax_index, list problems
    ) except -1:
        try:
            record.price = <int32_t>take_int(item.price_minor, 0, PRICE_LIMIT, "price")
            record.per = <int32_t>take_int(item.per, 1, PER_LIMIT, "per")
        except Refused as exc:
            problems.append(f"item {item.item!r}: {exc.detail}")
        record.tax = tax_index[item.tax]
        record.open_price = item.open_price
        record.is_piece = item.unit == "piece"
        return 0

    cdef object _load_prices(self):
        """The prices this store may take, side by side for each item."""
        cdef PriceRecord* record
        cdef Py_ssize_t i
        cdef int32_t item, before = NONE
        book = self.book
        mine = sorted(
            (self.find_item(price.item), i)
            for i, price in enumerate(book.prices)
            if price.store in ("", book.store)
        )
        self.flat.prices = <PriceRecord*>get_room(len(mine), sizeof(PriceRecord))
        for i in range(len(mine)):
            item, at = mine[i]
            price = book.prices[at]
            record = &self.flat.prices[i]
            record.from_ms = take_int(price.from_ms, -TIME_LIMIT, TIME_LIMIT, "time")
            record.until_ms = take_int(price.until_ms, -TIME_LIMIT, TIME_LIMIT, "time")
            record.price = <int32_t>take_int(price.price_minor, 0, PRICE_LIMIT, "price")
            record.channel = self._keep_word(price.channel)
            record.tier = self._keep_word(price.tier)
            record.named_n = sum(1 for word in (price.store, price.channel, price.tier) if word)
            record.last = i + 1 == len(mine) or mine[i + 1][0] != item
            if item != before:
                self.flat.items[item].first_price = <int32_t>i
                before = item

    def _keep_word(self, word):
        return self._words.setdefault(word, len(self._words)) if word else NONE

    # --- offers

    cdef object _load_offers(self, list problems):
        cdef Py_ssize_t i
        loaded = Loaded()
        self._offers = []
        self._reasons = []
        self._offer_index = {}
        self._rows = []
        self._coupons = {}
        self._coupon_rows = []
        self._coupon_offers = []
        for lowered in lower_offers(self.book):
            if lowered.problem:
                problems.append(lowered.problem)
                continue
            try:
                self._load_offer(loaded, lowered)
            except Refused as exc:
                problems.append(f"offer {lowered.offer.offer!r}: {exc.detail}")
        if problems:
            return
        self._fill_offers(loaded)
        self._fill_rows(loaded)
        self._load_entries(loaded.entries)
        named = set()
        for _, row, _ in loaded.basket_rows:
            named.update(row.seen or (), row.bears or (), row.seen_but, row.bears_but)
        try:
            index = {item: self.index_of(item) for item in named}
            self.tail = TailPlan(loaded.basket_rows, index, self.book.items)
            for i in range(self.flat.items_n):
                self.flat.items[i].is_goods = self.tail.book.is_goods[i]
        except Refused as exc:
            problems.append(exc.detail)

    def _load_offer(self, loaded, lowered):
        offer = lowered.offer
        number = len(self._offers)
        self._offers.append(offer.offer)
        self._reasons.append(lowered.reason)
        self._offer_index[offer.offer] = number
        coupon = NONE
        if offer.when.coupon:
            coupon = self._coupons.setdefault(offer.when.coupon, len(self._coupons))
            if coupon == len(self._coupon_rows):
                self._coupon_rows.append([])
                self._coupon_offers.append([])
        loaded.offers.append((offer, coupon, self._load_when(loaded, offer.when)))
        unit = NONE
        for row in lowered.rows:
            at = len(self._rows)
            if at >= ROWS_LIMIT:
                raise Refused(
                    "offer_invalid", f"above {ROWS_LIMIT} rows in one book; take offers out of it"
                )
            gifts = row.bears if type(row) is BasketRow and row.gift else None
            self._rows.append((offer.offer, row.kind, lowered.reason, row.funded_by, gifts))
            if type(row) is BasketRow:
                loaded.rows.append((0, number, 0, 0, 0, BASKET_ROW, 0, False))
                loaded.basket_rows.append((at, row, offer))
                if coupon != NONE:
                    self._coupon_rows[coupon].append(at)
            else:
                unit = at if unit == NONE else unit
                self._load_unit_row(loaded, row, offer)
        if unit != NONE and coupon != NONE:
            self._coupon_offers[coupon].append((number, unit))

    def _load_unit_row(self, loaded, row, offer):
        """A row over single items: its numbers, its parts, and which items lead to it."""
        limited = any(
            most is not None
            for most in (offer.limits.basket_n, offer.limits.customer_n, offer.limits.total_n)
        )
        shape, first, value, get_n, parts_n = ITEM_ROW, 0, 0, 0, 0
        if type(row) is TierRow:
            shape, first = TIER_ROW, len(loaded.steps)
            value = take_int(row.steps[0].min_quantity, 0, QUANTITY_LIMIT, "quantity")
            loaded.steps += take_steps(row)
            sets, parts_n = (row.items,), len(row.steps)
        elif type(row) is DealRow or limited:
            slots = row.slots if type(row) is DealRow else (Slot(items=row.items, pieces_n=1),)
            shape, first = DEAL_ROW, len(loaded.slots)
            loaded.slots += take_slots(slots)
            sets, parts_n = tuple([slot.items for slot in slots]), len(slots)
            if type(row) is DealRow:
                get_n = take_int(row.get_n, 0, SLOT_PIECES_LIMIT, "get_n")
            value = take_value(row.benefit, row.value)
        elif type(row) is ItemRow:
            value, sets = take_value(row.benefit, row.value), (row.items,)
        else:
            break_off("row_known", what=type(row).__name__)
        number = len(loaded.rows)
        benefit = BENEFITS.index(row.benefit)
        marginal = shape == TIER_ROW and row.marginal
        loaded.rows.append(
            (value, len(loaded.offers) - 1, first, parts_n, get_n, shape, benefit, marginal)
        )
        by_piece = type(row) is ItemRow and limited and row.benefit != "rate"
        for slot, items in enumerate(sets):
            for item in items:
                at = self._find_target(item, by_piece)
                loaded.entries.append(at)
                loaded.entries.append(number * SLOTS_LIMIT + slot)

    def _find_target(self, item, by_piece):
        cdef int32_t at = self.find_item(item)
        if at < 0:
            raise Refused(
                "offer_invalid",
                f"item {item!r} is not in the price book; add it, or take it out of the offer",
            )
        if by_piece and not (self.flat.items[at].is_piece and self.flat.items[at].per == 1000):
            raise Refused(
                "offer_invalid",
                f"item {item!r} is not sold by the piece; a limit counts pieces, so take a rate",
            )
        return at

    def _load_when(self, loaded, when):
        """Where the record of a condition stands; NONE where nothing is asked for but a coupon."""
        days = 0
        for day in when.weekdays:
            days |= 1 << take_int(day, 1, 7, "weekday")
        record = (
            len(loaded.words),
            len(when.tiers),
            len(loaded.words) + len(when.tiers),
            len(when.channels),
            take_int(when.from_minute, 0, 1439, "minute"),
            take_int(when.until_minute, 1, 1440, "minute"),
            days,
            when.member,
            when.first_order,
            bool(when.stores) and self.book.store not in when.stores,
        )
        if record[1:2] + record[3:] == (0, 0, 0, 1440, 0, False, False, False):
            return NONE
        for word in (*when.tiers, *when.channels):
            loaded.words.append(self._words.setdefault(word, len(self._words)))
        loaded.whens.append(record)
        return len(loaded.whens) - 1

    def _fill_offers(self, loaded):
        cdef OfferRecord* record
        cdef WhenRecord* when
        cdef Py_ssize_t i
        groups = {"": 0}
        self.flat.offers_n = len(loaded.offers)
        self.flat.offers = <OfferRecord*>get_room(len(loaded.offers), sizeof(OfferRecord))
        for i in range(len(loaded.offers)):
            offer, coupon, at = loaded.offers[i]
            record = &self.flat.offers[i]
            record.from_ms = offer.from_ms
            record.until_ms = offer.until_ms
            record.conflict = CONFLICTS.index(offer.conflict)
            record.turn = -offer.priority if self.flat.apart or record.conflict == EXCLUSIVE else 0
            if record.conflict == EXCLUSIVE:
                record.turn += EXCLUSIVE_TURN
            record.group = groups.setdefault(offer.group, len(groups))
            record.when = at
            record.coupon = coupon
            record.basket_n = take_limit(offer.limits.basket_n)
            record.customer_n = take_limit(offer.limits.customer_n)
            record.total_n = take_limit(offer.limits.total_n)
        self.flat.whens = <WhenRecord*>get_room(len(loaded.whens), sizeof(WhenRecord))
        for i in range(len(loaded.whens)):
            when = &self.flat.whens[i]
            (when.tiers_first, when.tiers_n, when.channels_first, when.channels_n,
             when.from_minute, when.until_minute, when.weekdays, when.member, when.first_order,
             when.elsewhere) = loaded.whens[i]
        self.flat.words = <int32_t*>get_room(len(loaded.words), sizeof(int32_t))
        for i in range(len(loaded.words)):
            self.flat.words[i] = loaded.words[i]

    def _fill_rows(self, loaded):
        cdef RowRecord* row
        cdef const OfferRecord* offer
        cdef Py_ssize_t i
        self.flat.rows_n = len(loaded.rows)
        self.flat.rows = <RowRecord*>get_room(len(loaded.rows), sizeof(RowRecord))
        for i in range(len(loaded.rows)):
            row = &self.flat.rows[i]
            (row.value, row.offer, row.first, row.parts_n, row.get_n, row.shape, row.benefit,
             row.marginal) = loaded.rows[i]
            offer = &self.flat.offers[row.offer]
            row.from_ms = offer.from_ms
            row.until_ms = offer.until_ms
            row.turn = offer.turn
            row.group = offer.group
            row.when = offer.when
            row.coupon = offer.coupon
            row.conflict = offer.conflict
            row.asks = self._find_asks(offer)
            row.lone = row.shape == DEAL_ROW and row.parts_n == 1 and loaded.slots[row.first][1]
        self.flat.slots = <SlotRecord*>get_room(len(loaded.slots), sizeof(SlotRecord))
        for i in range(len(loaded.slots)):
            self.flat.slots[i].pieces_n, self.flat.slots[i].gets = loaded.slots[i]
        self.flat.steps = <StepRecord*>get_room(len(loaded.steps), sizeof(StepRecord))
        for i in range(len(loaded.steps)):
            self.flat.steps[i].min_quantity, self.flat.steps[i].value = loaded.steps[i]

    cdef char _find_asks(self, const OfferRecord* offer):
        cdef const WhenRecord* when
        if (
            offer.coupon != NONE or offer.basket_n != NONE or offer.customer_n != NONE
            or offer.total_n != NONE
        ):
            return MORE
        if offer.when == NONE:
            return NOTHING
        when = &self.flat.whens[offer.when]
        if (
            when.tiers_n or when.channels_n or when.weekdays or when.from_minute
            or when.until_minute != MINUTES or when.first_order or when.elsewhere
        ):
            return MORE
        return A_CARD

    cdef object _load_entries(self, object entries):
        """Group the entries by item, keeping their rank within each item (a counting sort)."""
        cdef int[::1] pairs
        cdef Py_ssize_t i, pairs_n = len(entries) // 2
        cdef int32_t total = 0
        cdef ItemRecord* item
        self.flat.entries = <int32_t*>get_room(pairs_n, sizeof(int32_t))
        if not pairs_n:
            return
        pairs = entries
        for i in range(pairs_n):
            self.flat.items[pairs[2 * i]].entries_n += 1
        for i in range(self.flat.items_n):
            self.flat.items[i].first = total
            total += self.flat.items[i].entries_n
            self.flat.items[i].entries_n = 0
        for i in range(pairs_n):
            item = &self.flat.items[pairs[2 * i]]
            self.flat.entries[item.first + item.entries_n] = pairs[2 * i + 1]
            item.entries_n += 1


class Loaded:
    """What a book's offers come to, before it is known how much room that takes."""

    def __init__(self):
        self.entries = array("i")  # item, row and slot, item, row and slot, …
        self.offers = []
        self.whens = []
        self.words = []
        self.rows = []
        self.slots = []
        self.steps = []
        self.basket_rows = []


cdef int refuse_item(object item) except -1:
    raise Refused(
        "item_unknown",
        f"the price book has no item {item!r}; check the id, or add the item to the book",
        item=str(item),
    )
