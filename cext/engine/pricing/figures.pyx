"""The figures of offers, taken from their structs or refused by name."""

from cext.engine.pricing.plan cimport NONE, SLOT_PIECES_LIMIT, SLOTS_LIMIT, STEPS_LIMIT
from cext.engine.rounding cimport take_int

from cext.errors import Refused

cdef int64_t PRICE_LIMIT = 1_000_000_000
cdef int64_t TIME_LIMIT = 2**62
cdef int64_t COUNT_LIMIT = 1_000_000_000
cdef int64_t QUANTITY_LIMIT = 1_000_000_000
cdef int64_t PRIORITY_LIMIT = 1_000_000


cdef list check_offers(object book):
    """Broken for a time or rank that is not exactly an int, before anybody compares them."""
    problems = []
    for offer in book.offers:
        try:
            take_int(offer.from_ms, -TIME_LIMIT, TIME_LIMIT, "time")
            take_int(offer.until_ms, -TIME_LIMIT, TIME_LIMIT, "time")
            take_int(offer.priority, -PRIORITY_LIMIT, PRIORITY_LIMIT, "priority")
        except Refused as exc:
            problems.append(f"offer {offer.offer!r}: {exc.detail}")
    return problems


cdef int64_t take_value(object benefit, object value) except -1:
    return take_int(value, 0, 1_000_000 if benefit == "rate" else PRICE_LIMIT, "value")


cdef int32_t take_limit(object most) except -2:
    return NONE if most is None else <int32_t>take_int(most, 1, COUNT_LIMIT, "limit")


cdef list take_steps(object row):
    """(minimum, value) of each step of a tier."""
    if not 1 <= len(row.steps) <= STEPS_LIMIT:
        raise Refused("offer_invalid", f"a tier has 1 to {STEPS_LIMIT} steps")
    steps = [
        (take_int(step.min_quantity, 0, QUANTITY_LIMIT, "quantity"),
         take_value(row.benefit, step.value))
        for step in row.steps
    ]
    if any(low[0] >= high[0] for low, high in zip(steps, steps[1:])):
        raise Refused("offer_invalid", "the steps of a tier rise in quantity")
    return steps


cdef list take_slots(tuple slots):
    """(pieces, gets) of each slot of a deal."""
    if not 1 <= len(slots) <= SLOTS_LIMIT:
        raise Refused("offer_invalid", f"a deal has 1 to {SLOTS_LIMIT} slots")
    named = [item for slot in slots for item in slot.items]
    if len(set(named)) != len(named):
        raise Refused("offer_invalid", "an item stands in a deal once")
    return [
        (take_int(slot.pieces_n, 1, SLOT_PIECES_LIMIT, "pieces_n"), slot.gets) for slot in slots
    ]
