"""The counter page in a real browser, on a real edge with devices that speak bytes."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Visit
from tests.pages.shop import (
    BANANAS,
    BREAD,
    COFFEE,
    CUP,
    FLOWERS,
    GRAPES,
    MILK,
    TEA,
    UNKNOWN,
    Shop,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_counter(shop: Shop, visit: Visit, **how: object) -> Page:
    await shop.ready_lane()
    page = await visit(shop.counter_page, **how)
    await expect(page.locator("#entry")).to_be_visible()
    return page


async def type_code(page: Page, code: str) -> None:
    await page.fill("#entry", code)
    await page.press("#entry", "Enter")


async def test_a_scan_of_the_scanner_appears_with_the_reason_of_its_discount(
    shop: Shop, visit: Visit
) -> None:
    page = await open_counter(shop, visit)

    await shop.scanner.type(MILK)

    line = page.locator(".line")
    await expect(line.locator(".name")).to_have_text("Whole milk")
    await expect(line.locator(".amount")).to_have_text("$3.99")
    await expect(line.locator(".taken")).to_have_text("Milk week−$0.50")
    await expect(page.locator("#total")).to_have_text("To pay$3.49")


async def test_every_cent_off_has_its_reason_and_what_is_within_reach_is_said(
    shop: Shop, visit: Visit
) -> None:
    page = await open_counter(shop, visit)

    for code in (COFFEE, COFFEE, TEA):
        await type_code(page, code)
    await expect(page.locator(".line")).to_have_count(3)
    # The two coffees make the better pair: 6.00 off; tea alone gets nothing; 26.50 of 30.00.
    await expect(page.locator(".hints li")).to_have_text(
        ["$3.50 more: 满30赠杯 A cup from 30", "$3.50 more: 满30减5 Spend 30, save 5"]
    )
    await type_code(page, TEA)

    await expect(page.locator(".taken .why")).to_have_text(
        ["第二件半价 Second at half", "满30减5 Spend 30, save 5"] * 4
    )
    await expect(page.locator(".hints li")).to_have_text(
        ["Take 1 × Cup 杯子: 满30赠杯 A cup from 30"]
    )
    await type_code(page, CUP)
    await expect(page.locator(".line.is-newest .taken .why")).to_have_text(
        ["满30赠杯 A cup from 30"]
    )
    await expect(page.locator(".hints")).to_have_count(0)


@pytest.mark.parametrize(("language", "more"), [("en-US", "1 kg more: "), ("zh-CN", "再买 1 kg：")])
async def test_what_is_missing_of_goods_by_weight_is_said_in_kilograms(
    shop: Shop, visit: Visit, language: str, more: str
) -> None:
    page = await open_counter(shop, visit, language=language)
    shop.scale.set_load(1250)

    await shop.scanner.type(GRAPES)

    # 0.75 kg, rounded up as the quote rounds it.
    await expect(page.locator(".hints li")).to_have_text([more + "两公斤九折 Two kilos, 10 % off"])
    shop.scale.set_load(0)


async def test_the_newest_line_is_marked_and_can_be_voided(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)

    await type_code(page, BREAD)
    await expect(page.locator(".line")).to_have_count(1)
    await type_code(page, MILK)
    await expect(page.locator(".line.is-newest .name")).to_have_text("Whole milk")
    await page.get_by_role("button", name="Void Whole milk").click()

    await expect(page.locator(".line .name")).to_have_text(["Rye bread"])
    await expect(page.locator("#total")).to_have_text("To pay$2.50")


async def test_an_unknown_code_is_refused_and_the_basket_stays(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await type_code(page, BREAD)
    await expect(page.locator(".line")).to_have_count(1)

    await type_code(page, UNKNOWN)

    await expect(page.locator(".notice")).to_be_visible()
    await expect(page.locator("#entry")).to_have_value(UNKNOWN)
    await page.press("body", "Escape")
    await expect(page.locator(".notice")).to_have_count(0)
    await expect(page.locator(".line")).to_have_count(1)


async def test_a_weighed_item_shows_what_the_scale_said(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    shop.scale.set_load(1286)

    await shop.scanner.type(BANANAS)

    line = page.locator(".line")
    await expect(line.locator(".quantity")).to_have_text("1.286 kg")
    await expect(line.locator(".badges")).to_have_text("weighed")
    await expect(line.locator(".amount")).to_have_text("$1.66")
    shop.scale.set_load(0)


async def test_a_sale_is_closed_with_the_keyboard_and_its_receipt_is_shown(
    shop: Shop, visit: Visit
) -> None:
    page = await open_counter(shop, visit)
    jobs_n = shop.printer.jobs_n

    # A scanner that types like a keyboard: the focus is nowhere near the field.
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.type(BREAD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".line")).to_have_count(1)
    await page.get_by_role("button", name="$5.00").click()
    await expect(page.locator("#total")).to_have_text("Change$2.50")
    await page.keyboard.press("F9")

    await expect(page.locator(".change-big")).to_contain_text("$2.50")
    picture = page.locator(".paper img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.naturalWidth") > 300
    await shop.printer.wait_jobs(jobs_n + 1)
    await expect(page.locator(".receipt .chip")).to_have_text("printed")


async def test_cancelling_a_basket_asks_for_a_reason(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await type_code(page, BREAD)

    await page.get_by_role("button", name="Cancel basket").click()
    await page.get_by_role("button", name="Customer left").click()

    await expect(page.get_by_text("Ready for the next customer")).to_be_visible()


async def test_a_name_finds_items_to_ring(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)

    await page.fill("#entry", "rye")
    await page.locator(".found button").click()

    await expect(page.locator(".line .name")).to_have_text("Rye bread")


async def test_several_pieces_are_rung_with_a_star(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)

    await type_code(page, f"3*{BREAD}")

    await expect(page.locator(".line .quantity")).to_have_text("3")
    await expect(page.locator(".line .price")).to_have_text("$2.50")
    await expect(page.locator("#total")).to_have_text("To pay$7.50")


async def test_an_item_without_a_price_asks_for_its_amount(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await type_code(page, FLOWERS)

    await page.get_by_role("textbox", name="Amount").fill("12.5")
    await page.keyboard.press("Enter")

    await expect(page.locator(".line .name")).to_have_text("Flowers")
    await expect(page.locator(".line .amount")).to_have_text("$12.50")


async def test_a_shut_lane_opens_for_a_worker(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await page.get_by_role("button", name="Shut lane").click()

    await page.get_by_label("Worker number").fill("w7")
    await page.get_by_role("button", name="Open lane").click()

    await expect(page.get_by_text("Cashier w7")).to_be_visible()


async def test_devices_and_link_show_their_state(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await expect(page.locator(".devices .chip.good")).to_have_count(5)
    await expect(page.locator(".link .chip.good")).to_have_text("up")

    await shop.printer.power_off()
    await expect(page.locator(".devices .chip.bad")).to_have_text("gone")

    await shop.printer.power_on()
    await expect(page.locator(".devices .chip.good")).to_have_count(5)


async def test_the_page_comes_back_with_the_box_and_the_basket(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit)
    await type_code(page, BREAD)
    await expect(page.locator(".line")).to_have_count(1)

    await shop.stop_edge()
    await expect(page.locator(".notice.is-trouble")).to_be_visible()
    await expect(page.locator(".line")).to_have_count(1)

    await shop.start_edge()
    await expect(page.locator(".notice.is-trouble")).to_have_count(0)
    await type_code(page, BREAD)
    await expect(page.locator("#total")).to_have_text("To pay$5.00")


async def test_the_page_speaks_chinese_to_a_chinese_browser(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit, language="zh-CN", dark=True)

    await expect(page.get_by_role("heading", name="购物篮")).to_be_visible()
    await page.get_by_role("button", name="English").click()

    await expect(page.get_by_role("heading", name="Basket")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en-US"


async def test_the_token_leaves_the_address_and_a_wrong_one_is_asked_again(
    shop: Shop, visit: Visit
) -> None:
    page = await open_counter(shop, visit)
    assert "token" not in page.url

    stranger = await visit(f"{shop.edge_url}/#token=wrong")
    await expect(stranger.get_by_label("Access token")).to_be_visible()

    other = await visit(shop.edge_url)
    await other.get_by_label("Access token").fill(shop.edge_token)
    await other.get_by_role("button", name="Open").click()
    await expect(other.locator("#entry")).to_be_visible()


async def test_a_narrow_page_keeps_the_total_in_sight(shop: Shop, visit: Visit) -> None:
    page = await open_counter(shop, visit, width=360, height=740)
    for code in (BREAD, MILK) * 6:
        assert await shop.ask("POST", "/v1/lanes/1/scan", {"code": code}) == 200
    await expect(page.locator(".line")).to_have_count(12)

    await page.locator(".line").last.scroll_into_view_if_needed()

    await expect(page.locator("#total")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
