"""The customer's screen in a real browser, on a real edge that sells."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Visit
from tests.pages.shop import BREAD, COFFEE, MILK, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = [(1280, 800), (1024, 600), (360, 640)]


async def open_screen(shop: Shop, visit: Visit, **how: object) -> Page:
    await shop.ready_lane()
    page = await visit(f"{shop.edge_url}/customer?lane=1#token={shop.read_token}", **how)
    await expect(page.locator(".poster.is-idle")).to_be_visible()
    return page


async def scan(shop: Shop, *codes: str) -> None:
    for code in codes:
        assert await shop.ask("POST", "/v1/lanes/1/scan", {"code": code}) == 200


async def test_what_is_scanned_appears_with_the_reason_of_each_discount(
    shop: Shop, visit: Visit
) -> None:
    page = await open_screen(shop, visit)

    await scan(shop, BREAD)
    await shop.scanner.type(MILK)

    await expect(page.locator(".row .name")).to_have_text(["Rye bread", "Whole milk"])
    newest = page.locator(".row.is-newest")
    await expect(newest.locator(".amount")).to_have_text("$3.99")
    await expect(newest.locator(".why")).to_have_text("Milk week")
    await expect(newest.locator(".off")).to_have_text("−$0.50")
    await expect(page.locator(".total .figure")).to_have_text("$5.99")
    await expect(page.locator(".sum .saved")).to_have_text("You save $0.50")


async def test_payment_change_and_thanks_follow_each_other(shop: Shop, visit: Visit) -> None:
    page = await open_screen(shop, visit)
    await scan(shop, BREAD)

    await shop.ask("POST", "/v1/lanes/1/tenders", {"kind": "card", "amount_minor": 100})
    await expect(page.locator(".payment .is-due")).to_have_text("Still to pay$1.50")
    await shop.ask("POST", "/v1/lanes/1/tenders", {"kind": "cash", "amount_minor": 500})
    await expect(page.locator(".payment .is-change")).to_have_text("Your change$3.50")
    await shop.ask("POST", "/v1/lanes/1/close")

    await expect(page.locator(".poster.is-thanks .big")).to_have_text("Thank you!")
    await expect(page.locator(".poster .change")).to_contain_text("$3.50")
    await scan(shop, MILK)  # the next customer does not wait for the thanks to end
    await expect(page.locator(".row")).to_have_count(1)


async def test_a_basket_given_up_is_not_thanked_for(shop: Shop, visit: Visit) -> None:
    page = await open_screen(shop, visit)
    await scan(shop, BREAD)
    await expect(page.locator(".row")).to_have_count(1)

    await shop.ask("POST", "/v1/lanes/1/cancel", {"reason": "left"})

    await expect(page.locator(".poster.is-idle")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_twelve_lines_fit_without_scrolling_and_older_ones_fold_away(
    shop: Shop, visit: Visit, width: int, height: int
) -> None:
    page = await open_screen(shop, visit, width=width, height=height, dark=True)

    await scan(shop, *(MILK, BREAD, COFFEE) * 4)
    rows = page.locator(".row")
    await expect(rows).to_have_count(12)
    clipped = "row => row.scrollHeight > row.clientHeight + 1"
    assert await rows.evaluate_all(f"rows => rows.filter({clipped}).length") == 0
    await expect(rows.first).to_be_in_viewport(ratio=1)
    await expect(rows.last).to_be_in_viewport(ratio=1)
    await scan(shop, BREAD, BREAD)

    await expect(rows).to_have_count(12)
    await expect(page.locator(".is-earlier .name")).to_have_text("3 earlier items")
    await expect(page.locator(".count")).to_have_text("14 items")
    await expect(page.locator(".total .figure")).to_be_in_viewport(ratio=1)
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert await page.evaluate(size) == [width, height]
    # Customers read it across the counter: it stays light whatever the machine prefers.
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(244, 242, 238)"


async def test_the_screen_speaks_the_store_s_language_and_that_of_one_customer(
    shop: Shop, visit: Visit
) -> None:
    page = await open_screen(shop, visit, language="zh-CN")
    await expect(page.locator(".poster .big")).to_have_text("Welcome!")

    await page.get_by_role("button", name="中文").click()
    await expect(page.locator(".poster .big")).to_have_text("欢迎光临！")
    await scan(shop, BREAD)
    await expect(page.locator(".total .label")).to_have_text("合计")
    await shop.ask("POST", "/v1/lanes/1/cancel", {"reason": "left"})

    # The next customer meets the store's language again.
    await expect(page.locator(".poster .big")).to_have_text("Welcome!")


async def test_without_a_lane_that_is_there_the_installer_chooses_one(
    shop: Shop, visit: Visit
) -> None:
    await shop.ready_lane()
    page = await visit(f"{shop.edge_url}/customer?lane=9#token={shop.read_token}")
    await expect(page.locator(".poster .big")).to_have_text("There is no lane 9 here")

    await page.get_by_role("button", name="Lane 1").click()

    await expect(page.locator(".poster.is-idle")).to_be_visible()
    assert page.url.endswith("/customer?lane=1")


async def test_the_display_of_two_lines_says_the_same(shop: Shop, visit: Visit) -> None:
    page = await open_screen(shop, visit)

    await scan(shop, MILK)

    await shop.display.until_lines("Whole milk", "3.99 -0.50      3.49")
    await expect(page.locator(".total .figure")).to_have_text("$3.49")
