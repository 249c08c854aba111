"""What the customer reads: two lines of twenty columns, always the latest, never in the way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import ConfigError, DeviceSlow
from cext.lang.basket import Tender
from edge.config import load_edge_settings
from edge.device_settings import check_devices
from edge.devices.paper.layout import count_columns
from edge.sales.customer_display import (
    COLUMNS_N,
    CustomerDisplay,
    DisplayStyle,
    Lines,
    fit,
    pair,
)
from edge.sales.display_feed import DisplayFeed
from edge.sales.views import LaneView, LineView
from edge.sim.pulse import Pulse
from edge.sim.vfd_display import SimDisplay
from tests.sales.shop import MILK_CODE, WAIT_S, make_settings, running

ENGLISH = DisplayStyle(currency="USD", shop_name="Corner Shop")
CHINESE = DisplayStyle(currency="CNY", language="zh", wide=True, shop_name="街角小店")


def line(n: int, name: str, amount_minor: int, **changes: Any) -> LineView:
    facts: dict[str, Any] = {
        "line": n,
        "item": f"i{n}",
        "name": name,
        "department": "",
        "unit": "piece",
        "quantity": 1000,
        "say_quantity": "1",
        "price_minor": amount_minor,
        "per": 1000,
        "gross_minor": amount_minor,
        "net_minor": amount_minor,
        "weighed": False,
        "priced_label": False,
        "override": False,
        "adjustments": (),
    }
    return LineView(**{**facts, **changes})


def view(*lines: LineView, **changes: Any) -> LaneView:
    gross_minor = sum(one.gross_minor for one in lines)
    payable_minor = sum(one.net_minor for one in lines)
    facts: dict[str, Any] = {
        "lane": "1",
        "state": "open",
        "worker": "anna",
        "revision": 1,
        "member": None,
        "coupons": (),
        "lines": lines,
        "hints": (),
        "gross_minor": gross_minor,
        "discount_minor": gross_minor - payable_minor,
        "payable_minor": payable_minor,
        "rounding_minor": 0,
        "tendered_minor": 0,
        "due_minor": payable_minor,
        "cash_due_minor": payable_minor,
        "change_minor": 0,
        "tenders": (),
        "last_receipt": None,
        "notice": None,
        "currency": "USD",
    }
    return LaneView(**{**facts, **changes})


def paid(basket: LaneView, cash_minor: int) -> LaneView:
    return msgspec.structs.replace(
        basket,
        state="paying",
        due_minor=max(basket.payable_minor - cash_minor, 0),
        change_minor=max(cash_minor - basket.payable_minor, 0),
        tenders=(Tender(kind="cash", amount_minor=cash_minor),),
    )


def test_each_scan_shows_its_name_and_price_and_after_a_while_the_total() -> None:
    display = CustomerDisplay(ENGLISH)
    milk = line(1, "Organic whole milk 2 litres", 349)
    display.on_view(view())

    first = display.on_view(view(milk))
    two = line(2, "Rye bread", 500, quantity=2000, say_quantity="2", price_minor=250)
    second = display.on_view(view(milk, two))

    assert first.now == Lines("Organic whole milk 2", "                3.49")
    assert second.now == Lines("Rye bread", "2 x 2.50        5.00")
    assert second.later == Lines("Total           8.49", "3 pieces")


def test_a_discount_shows_beside_the_price_and_a_weight_with_its_price() -> None:
    display = CustomerDisplay(ENGLISH)
    milk = line(1, "Milk", 399, net_minor=349)
    bananas = line(
        2, "Bananas", 166, unit="g", quantity=1286, say_quantity="1286 g", price_minor=129
    )
    first = display.on_view(view(milk))

    second = display.on_view(view(milk, bananas))

    assert first.now == Lines("Milk", "3.99 -0.50      3.49")
    assert second.now == Lines("Bananas", "1.286kg x 1.29  1.66")
    assert second.later == Lines("Total           5.15", "You save        0.50")


def test_payment_shows_what_is_due_then_the_change_then_thanks_then_the_greeting() -> None:
    display = CustomerDisplay(ENGLISH)
    basket = view(line(1, "Milk", 349))
    display.on_view(basket)

    part = display.on_view(paid(basket, 100))
    whole = display.on_view(paid(basket, 500))
    closed = display.on_view(view(last_receipt="1-1"))
    still = display.on_view(view(last_receipt="1-1", revision=9))

    assert part.now == Lines("Total           3.49", "To pay          2.49")
    assert whole.now == Lines("Total           3.49", "Change          1.51")
    assert closed.now == Lines("     Thank you!", "Change          1.51")
    assert closed.later == Lines("    Corner Shop", "      Welcome!")
    assert still == closed


def test_a_basket_given_up_goes_back_to_the_greeting_and_a_voided_line_to_the_total() -> None:
    display = CustomerDisplay(ENGLISH)
    milk, bread = line(1, "Milk", 349), line(2, "Bread", 250)
    display.on_view(view(milk, bread))

    voided = display.on_view(view(milk))
    given_up = display.on_view(view())
    shut = display.on_view(view(state="shut", worker=None))

    assert voided.now == Lines("Total           3.49", "1 piece")
    assert given_up.now == Lines("    Corner Shop", "      Welcome!")
    assert shut.now == Lines("    Lane closed", " Next lane, please")


def test_a_store_in_china_is_greeted_in_chinese_if_the_display_can_show_it() -> None:
    basket = view(line(1, "有机纯牛奶二升装整箱特惠", 5990))
    display = CustomerDisplay(CHINESE)
    idle, scanned = display.on_view(view()), display.on_view(basket)
    western = CustomerDisplay(msgspec.structs.replace(CHINESE, wide=False))

    assert idle.now == Lines("      街角小店", "      欢迎光临")
    assert scanned.now == Lines("有机纯牛奶二升装整箱", "               59.90")
    assert display.on_view(paid(basket, 6000)).now.lower == "找零            0.10"
    # A name that cannot be shown at all gives way to the item's number.
    assert western.on_view(basket).now == Lines("i1", "               59.90")
    assert western.on_view(view()).now == Lines("      Welcome!")


def test_the_shop_greets_and_thanks_in_its_own_words() -> None:
    words = {"greeting": "Fresh bread every morning", "thanks": "Bye!"}
    style = msgspec.structs.replace(ENGLISH, **words)
    display = CustomerDisplay(style)
    basket = view(line(1, "Milk", 349))

    assert display.on_view(view()).now == Lines(" Fresh bread every", "      morning")
    display.on_view(basket)
    display.on_view(paid(basket, 349))
    assert display.on_view(view(last_receipt="1-1")).now == Lines("        Bye!", "")


amounts = st.integers(-(10**9), 10**12)
lines = st.builds(
    line,
    st.integers(1, 9),
    st.text(max_size=40),
    amounts,
    net_minor=amounts,
    quantity=st.integers(-(10**7), 10**7),
    say_quantity=st.text("0123456789.-", max_size=12),
    unit=st.sampled_from(["piece", "g", "ml"]),
    price_minor=st.none() | amounts,
    per=st.sampled_from([1000, 500, 1]),
)
views = st.builds(
    lambda found, **facts: view(*found, **facts),
    st.lists(lines, max_size=3),
    state=st.sampled_from(["shut", "open", "paying"]),
    due_minor=st.integers(0, 10**12),
    change_minor=st.integers(0, 10**12),
    last_receipt=st.sampled_from([None, "1-1", "1-2"]),
)
styles = st.builds(
    DisplayStyle,
    currency=st.sampled_from(["USD", "CNY", "JPY", "KWD"]),
    language=st.sampled_from(["en", "zh"]),
    wide=st.booleans(),
    shop_name=st.text(max_size=40),
    greeting=st.text(max_size=40),
    thanks=st.text(max_size=20),
)


@given(styles, st.lists(views, max_size=4))
def test_no_line_is_ever_longer_than_the_display(style: DisplayStyle, told: list[LaneView]) -> None:
    display = CustomerDisplay(style)

    for one in told:
        show = display.on_view(one)
        for shown in (show.now, show.later or show.now):
            for text in (shown.upper, shown.lower):
                assert count_columns(text) <= COLUMNS_N
                assert text == "" or text.isprintable()


@given(st.text(), st.text(max_size=20))
def test_an_amount_is_never_cut_for_a_name(left: str, right: str) -> None:
    shown = pair(left, right)

    assert count_columns(shown) == COLUMNS_N
    assert shown.endswith(fit(right, COLUMNS_N))


class HeldDisplay:
    """A display that takes lines only while it is let."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []
        self.asked = Pulse()
        self.asked_n = 0
        self.may = asyncio.Event()
        self.fails = False

    async def show(self, upper: str, lower: str) -> None:
        self.asked_n += 1
        self.asked.beat()
        await self.may.wait()
        if self.fails:
            raise DeviceSlow("device_slow", "takes no bytes", device="d1")
        self.shown.append((upper, lower))
        self.asked.beat()

    async def clear(self) -> None:
        self.shown.append(("", ""))


async def test_a_slow_display_gets_the_latest_and_never_what_came_between() -> None:
    display, feed = HeldDisplay(), DisplayFeed("d1", ENGLISH, every_s=0)
    feed.on_view(view())
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        running_feed = group.create_task(feed.run(display))
        await display.asked.until(lambda: display.asked_n == 1)

        for n in range(1, 1000):
            feed.on_view(view(line(1, f"Item {n}", n)))
        display.may.set()
        await display.asked.until(lambda: len(display.shown) == 2)
        running_feed.cancel()

    assert [upper for upper, _ in display.shown] == ["    Corner Shop", "Item 999"]


async def test_a_display_that_takes_nothing_is_tried_again_with_what_is_new() -> None:
    display, feed = HeldDisplay(), DisplayFeed("d1", ENGLISH, every_s=0)
    display.may.set()
    display.fails = True
    feed.on_view(view())
    async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as group:
        running_feed = group.create_task(feed.run(display))
        await display.asked.until(lambda: display.asked_n == 1)

        display.fails = False
        feed.on_view(view(line(1, "Milk", 349)))
        await display.asked.until(lambda: len(display.shown) == 1)
        running_feed.cancel()

    assert display.shown == [("Milk", "                3.49")]


async def test_the_display_of_a_lane_follows_a_sale_and_comes_back_with_it(tmp_path: Path) -> None:
    sim = SimDisplay(tmp_path / "display")
    async with sim, asyncio.timeout(2 * WAIT_S):
        settings = make_settings(
            tmp_path / "state",
            lanes=[{"id": "1", "display": "d1"}],
            devices={"d1": sim.table()},
        )
        async with running(settings) as door:
            await sim.until_lines("    Lane closed", " Next lane, please")
            await door.open()
            await sim.until_lines("    Corner Shop", "      Welcome!")

            await door.scan(MILK_CODE)
            await sim.until_lines("Milk", "                3.49")

            # Away: the sale goes on, and the display comes back to what is true then.
            await sim.unplug()
            await door.scan(MILK_CODE)
            await door.pay(1000)
            await sim.plug()
            await sim.until_lines("Total           6.98", "Change          3.02")

            await door.post("/v1/lanes/1/close")
            await sim.until_lines("     Thank you!", "Change          3.02")

    assert sim.unknown == b""


def test_a_display_must_be_one_and_serves_one_lane(tmp_path: Path) -> None:
    table = {"kind": "escpos_tcp_printer", "host": "127.0.0.1"}
    lanes = [{"id": "1", "display": "p1"}]
    settings = make_settings(tmp_path / "state", lanes=lanes, devices={"p1": table})
    with pytest.raises(ConfigError, match="escpos_tcp_printer is no display"):
        check_devices(settings)

    config = tmp_path / "edge.toml"
    config.write_text(
        'store = "1"\nzone = "Asia/Shanghai"\ncurrency = "CNY"\nstate_dir = "s"\n'
        '[[lanes]]\nid = "1"\ndisplay = "d1"\n[[lanes]]\nid = "2"\ndisplay = "d1"\n'
        '[devices.d1]\nkind = "vfd_display"\nport = "/dev/d1"\n'
    )
    with pytest.raises(ConfigError, match="display 'd1' serves two lanes"):
        load_edge_settings(config)
