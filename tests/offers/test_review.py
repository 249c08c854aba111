"""The review of a price book: each finding with the smallest book that has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cext.engine import Pricer
from cext.lang.item import Item, LabelLayout, Limits, Offer, Price, PriceBook, When
from cext.offers.review import Finding, review
from tests.engine.books import make_book, make_offer

DAY_MS = 86_400_000
MONDAY_MS = 4 * DAY_MS  # 1970-01-05
TEA = Item(item="tea", name="Tea", price_minor=1000, category="hot")
MINT = Item(item="mint", name="Mint", price_minor=800, category="hot")
TEA_AND_MINT = {"any_of": [{"item": "tea"}, {"item": "mint"}]}


def _special(offer: str, price_minor: int, **more: Any) -> Offer:
    return make_offer(offer, "special_price", {"item": "tea", "price_minor": price_minor}, **more)


def _percent(offer: str, rate_ppm: int, **more: Any) -> Offer:
    return make_offer(offer, "percent", {"items": ["tea"], "rate_ppm": rate_ppm}, **more)


def _was(was_minor: int, **more: Any) -> Offer:
    terms = {"item": "tea", "price_minor": 700, "was_minor": was_minor}
    return make_offer("o1", "special_price", terms, **more)


def _threshold(*steps: dict[str, int], **more: Any) -> Offer:
    fields = more.pop("fields", {})
    return make_offer("o1", "threshold", {"steps": list(steps), **more}, **fields)


def _step(min_minor: int, amount_minor: int) -> dict[str, int]:
    return {"min_minor": min_minor, "amount_minor": amount_minor}


def _rate(min_minor: int, rate_ppm: int) -> dict[str, int]:
    return {"min_minor": min_minor, "rate_ppm": rate_ppm}


def _book(*offers: Offer, **more: Any) -> PriceBook:
    effective_ms = more.pop("effective_ms", 0)
    return replace(make_book(TEA, MINT, offers=offers, **more), effective_ms=effective_ms)


EXCLUSIVE = {"conflict": "exclusive", "priority": 5}
OPEN_ON_MONDAY = {
    "from_ms": MONDAY_MS + DAY_MS // 2,
    "until_ms": MONDAY_MS + DAY_MS // 2 + 1,
}

# (code, level, a word of the sentence, the book, the lows)
FAULTY: tuple[tuple[str, str, str, PriceBook, dict[str, int]], ...] = (
    ("book_invalid", "error", "there twice", make_book(TEA, TEA), {}),
    (
        "book_invalid",
        "error",
        "match",
        _book(
            layouts=(LabelLayout(pattern="22 I{5} A{5} C"), LabelLayout(pattern="22 I{5} W{5} C"))
        ),
        {},
    ),
    (
        "offer_invalid",
        "error",
        "not in the price book",
        make_book(MINT, offers=(_special("o1", 1),)),
        {},
    ),
    (
        "offer_invalid",
        "error",
        "hours begin and end",
        _book(_special("o1", 900, when=When(from_minute=60, until_minute=60))),
        {},
    ),
    (
        "never_open",
        "error",
        "weekdays",
        _book(_special("o1", 900, when=When(weekdays=(4,)), **OPEN_ON_MONDAY)),
        {},
    ),
    (
        "exclusive_tie",
        "error",
        "higher priority",
        _book(_special("o1", 900, **EXCLUSIVE), _percent("o2", 200_000, **EXCLUSIVE)),
        {},
    ),
    (
        "exclusive_tie",
        "error",
        "same goods",
        _book(
            make_offer("o1", "threshold", {"steps": [_step(1000, 100)]}, **EXCLUSIVE),
            make_offer(
                "o2",
                "threshold",
                {"steps": [_step(1000, 200)], "target": TEA_AND_MINT},
                **EXCLUSIVE,
            ),
        ),
        {},
    ),
    (
        "step_gives_less",
        "error",
        "no more",
        _book(_threshold(_step(1000, 200), _step(2000, 200))),
        {},
    ),
    (
        "step_gives_less",
        "error",
        "no more",
        _book(
            make_offer(
                "o1",
                "tier",
                {
                    "target": TEA_AND_MINT,
                    "steps": [
                        {"from_quantity": 2000, "price_minor": 700},
                        {"from_quantity": 3000, "price_minor": 750},
                    ],
                },
            )
        ),
        {},
    ),
    (
        "step_capped",
        "error",
        "raise the cap",
        _book(_threshold(_rate(1000, 100_000), _rate(5000, 200_000), cap_minor=500)),
        {},
    ),
    ("false_was", "error", "¥10.00", _book(_was(1200)), {}),
    (
        "false_was",
        "error",
        "¥10.00",
        _book(_was(1200, limits=Limits(basket_n=1), from_ms=5), effective_ms=5),
        {},
    ),
    (
        "book_invalid",
        "error",
        "990001",
        _book(
            make_offer("o1", "coupon_amount", {"code": "990001", "amount_minor": 5}),
            make_offer("o2", "coupon_percent", {"code": "990001", "rate_ppm": 5}),
        ),
        {},
    ),
    ("false_was", "error", "¥8.00", _book(_was(1000)), {"tea": 800}),
    ("no_cut", "warning", "¥7.00", _book(_special("o1", 700)), {"tea": 700}),
    ("not_below", "warning", "lower it", _book(_special("o1", 1000)), {}),
    (
        "never_saves",
        "warning",
        "¥30.00 at most",
        _book(make_offer("o1", "any_n", {"target": TEA_AND_MINT, "any_n": 3, "price_minor": 3000})),
        {},
    ),
    (
        "always_beaten",
        "warning",
        "'o2'",
        _book(_special("o1", 900), _percent("o2", 200_000)),
        {},
    ),
    (
        "stacks_to_nothing",
        "warning",
        "nothing to pay",
        _book(
            _special("o1", 600),
            make_offer(
                "o2", "amount", {"target": TEA_AND_MINT, "amount_minor": 600}, conflict="stack"
            ),
        ),
        {},
    ),
    ("split_pays", "warning", "¥1.00 more", _book(_threshold(_step(1000, 100))), {}),
    ("over", "warning", "ends before", _book(_special("o1", 900, until_ms=1), effective_ms=5), {}),
    ("other_store", "warning", "s2", _book(_special("o1", 900, when=When(stores=("s2",)))), {}),
    (
        "tier_unknown",
        "warning",
        "gold",
        _book(
            _special("o1", 700, when=When(tiers=("gld",))),
            prices=(Price(item="tea", price_minor=900, tier="gold"),),
        ),
        {},
    ),
)


@pytest.mark.parametrize(
    ("code", "level", "word", "book", "lows"), FAULTY, ids=[f"{row[0]}-{row[2]}" for row in FAULTY]
)
def test_a_fault_is_found_and_said_with_its_cure(
    code: str, level: str, word: str, book: PriceBook, lows: dict[str, int]
) -> None:
    found = review(book, lows)

    assert [finding.code for finding in found if finding.level == level] == [code]
    assert found[0].level == level
    assert word in found[0].detail


def test_a_clean_book_has_nothing_to_say() -> None:
    book = _book(
        _special("special", 900, when=When(channels=("counter",))),
        _percent("percent", 50_000, conflict="stack"),
        _threshold(_step(5000, 500), repeat=True),
    )

    assert review(book) == ()
    assert review(book, {"tea": 950, "mint": 800}) == ()


GIFT = {"gifts": ["mint"], "min_minor": 5000}
ONCE = {"limits": Limits(customer_n=1)}
FRIDAY_NIGHT = When(weekdays=(5,), from_minute=1320, until_minute=120)

# (code, a word of the sentence, the offer)
SLIPS: tuple[tuple[str, str, Offer], ...] = (
    ("gives_all", "10.00 taken off and pays nothing", _threshold(_step(1000, 1000), fields=ONCE)),
    ("gives_all", "20.00", _threshold(_step(1000, 100), _step(1500, 2000), fields=ONCE)),
    ("gives_all", "pays nothing", _threshold(_rate(1000, 1_000_000))),
    (
        "gives_all",
        "pays nothing",
        make_offer("o1", "coupon_amount", {"code": "9", "amount_minor": 500, "min_minor": 400}),
    ),
    ("gift_kept", "reprice", make_offer("o1", "gift", GIFT)),
    (
        "gift_kept",
        "reprice",
        make_offer("o1", "add_on", {"items": ["tea"], "price_minor": 1, "min_minor": 9000}),
    ),
    (
        "not_below",
        "lower it",
        make_offer(
            "o1",
            "add_on",
            {"items": ["mint"], "price_minor": 800, "min_minor": 9000},
            refund="reprice",
        ),
    ),
    (
        "not_below",
        "'mint'",
        make_offer(
            "o1",
            "coupon_exchange",
            {"code": "9", "target": {"any_of": [{"item": "mint"}]}, "price_minor": 900},
        ),
    ),
    ("after_midnight", "two offers", _special("o1", 900, when=FRIDAY_NIGHT)),
)


@pytest.mark.parametrize(("code", "word", "offer"), SLIPS)
def test_a_slip_of_the_pen_is_a_warning_with_its_cure(code: str, word: str, offer: Offer) -> None:
    (finding,) = review(_book(offer))

    assert (finding.level, finding.offer, finding.code) == ("warning", "o1", code)
    assert word in finding.detail


# What looks like a fault and is none.
FINE: tuple[tuple[str, PriceBook, dict[str, int]], ...] = (
    (
        "exclusive offers one after the other",
        _book(
            _special("o1", 900, until_ms=DAY_MS, **EXCLUSIVE),
            _percent("o2", 200_000, from_ms=DAY_MS, **EXCLUSIVE),
        ),
        {},
    ),
    (
        "exclusive offers in the morning and past midnight",
        _book(
            _special("o1", 900, when=When(from_minute=360, until_minute=720), **EXCLUSIVE),
            _percent("o2", 200_000, when=When(from_minute=1320, until_minute=360), **EXCLUSIVE),
        ),
        {},
    ),
    (
        "an hour of a Monday that lies in the offer's one day",
        _book(_special("o1", 900, when=When(weekdays=(1,)), **OPEN_ON_MONDAY)),
        {},
    ),
    (
        "a hidden price that only members of a tier have",
        _book(_special("o1", 900), _percent("o2", 200_000, when=When(tiers=("gold",)))),
        {},
    ),
    (
        "a threshold that a customer has once",
        _book(_threshold(_step(1000, 100), fields={"limits": Limits(customer_n=1)})),
        {},
    ),
    (
        "steps that give twice as much for twice as much",
        _book(
            _threshold(
                _step(1000, 100),
                _step(2000, 200),
                _step(3000, 300),
                _step(4000, 400),
                fields={"when": When(coupon="990001")},
            )
        ),
        {},
    ),
    (
        "a gift that is paid for when kept",
        _book(make_offer("o1", "gift", GIFT, refund="reprice")),
        {},
    ),
    (
        "all of a sum taken off, up to a cap",
        _book(_threshold(_rate(1000, 1_000_000), cap_minor=500, fields=ONCE)),
        {},
    ),
    (
        "nights of every weekday",
        _book(_special("o1", 900, when=replace(FRIDAY_NIGHT, weekdays=tuple(range(1, 8))))),
        {},
    ),
    ("a share without a cap", _book(_threshold(_rate(1000, 100_000))), {}),
    ("a former price that is true", _book(_was(1000)), {}),
    (
        "a former price of an offer that has begun",
        _book(_was(1000, from_ms=1), effective_ms=5),
        {"tea": 700},
    ),
)


@pytest.mark.parametrize(("says", "book", "lows"), FINE, ids=[row[0] for row in FINE])
def test_what_only_looks_like_a_fault_is_none(
    says: str, book: PriceBook, lows: dict[str, int]
) -> None:
    assert review(book, lows) == (), says


def test_of_a_fault_in_every_offer_a_limited_number_is_said() -> None:
    offers = tuple(_special(f"o{n}", 1000, from_ms=n, until_ms=n + 1) for n in range(1200))

    assert len(review(_book(*offers))) == 1000


def test_a_finding_is_one_line_that_names_its_offer() -> None:
    assert Finding("error", "o1", "over", "it is over").say() == "offer 'o1': it is over"
    assert Finding("error", "", "book_invalid", "no tax").say() == "no tax"


def _any_offer(number: int) -> st.SearchStrategy[Offer]:
    item = st.sampled_from(("tea", "mint", "gone"))
    money = st.integers(0, 1500)
    terms = st.one_of(
        st.fixed_dictionaries({"item": item, "price_minor": money}),
        st.fixed_dictionaries({"price_minor": money}),
    )
    return st.builds(
        make_offer,
        st.sampled_from((f"o{number}", "o0")),
        st.sampled_from(("special_price", "member_price", "coupon", "nothing")),
        terms,
        conflict=st.sampled_from(("best", "stack", "exclusive", "both")),
        priority=st.integers(-1, 1),
        until_ms=st.sampled_from((0, 1, 2**62)),
        when=st.builds(When, from_minute=st.integers(0, 2), until_minute=st.integers(1, 2)),
        limits=st.sampled_from((Limits(), Limits(basket_n=1))),
    )


@settings(max_examples=60, deadline=None)
@given(
    offers=st.tuples(*[_any_offer(number) for number in range(3)]).flatmap(
        lambda three: st.integers(0, 3).map(lambda n: three[:n])
    ),
    tax=st.sampled_from(("none", "none", "none", "gone")),
)
def test_a_book_without_an_error_compiles(offers: tuple[Offer, ...], tax: str) -> None:
    item = Item(item="tea", name="Tea", price_minor=1000, tax=tax)
    book = make_book(item, MINT, offers=offers)

    if all(finding.level != "error" for finding in review(book)):
        Pricer(book)
