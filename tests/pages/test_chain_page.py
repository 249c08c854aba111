"""The manager page in a real browser, on a real hub that hears a real store."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Visit
from tests.pages.shop import BREAD, MANY, MILK, Shop

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def open_chain(shop: Shop, visit: Visit, **how: object) -> Page:
    page = await visit(shop.chain_page, **how)
    await expect(page.locator(".stores li")).to_have_count(1)
    return page


async def test_a_sale_at_the_counter_arrives_without_a_reload(shop: Shop, visit: Visit) -> None:
    await shop.sell(BREAD)
    page = await open_chain(shop, visit)
    rows = page.locator(".sales tbody tr")
    await expect(rows.first).to_be_visible()
    newest = await rows.first.locator("button").inner_text()

    await shop.sell(BREAD, MILK)

    await expect(rows.first.locator("button")).not_to_have_text(newest)
    await expect(rows.first.locator("td").last).to_have_text("$5.99")


async def test_figures_departments_and_chart_say_the_same(shop: Shop, visit: Visit) -> None:
    await shop.sell(BREAD, MILK)
    page = await open_chain(shop, visit)

    takings = page.locator(".figures .is-main dd")
    departments = page.locator(".shares").first.locator("header .num")
    await expect(departments).to_be_visible()
    await expect(takings).to_have_text(await departments.inner_text())
    await expect(page.locator(".chart canvas").first).to_be_visible()
    await page.get_by_text("Show as a table").click()
    await expect(page.locator(".as-table tbody tr").first.locator("td").last).to_contain_text("$")


async def test_given_many_departments_when_more_are_asked_for_then_none_is_left_out(
    shop: Shop, visit: Visit
) -> None:
    await shop.sell(*MANY)
    page = await open_chain(shop, visit)
    departments = page.locator(".shares").first
    await expect(departments.get_by_role("listitem")).to_have_count(7)

    await departments.get_by_role("button", name="Show more").click()

    for shelf in range(len(MANY)):
        await expect(departments.get_by_text(f"D{shelf}", exact=True)).to_be_visible()
    await expect(departments.get_by_role("button")).to_have_count(0)


async def test_a_sale_opens_with_the_reason_of_each_discount(shop: Shop, visit: Visit) -> None:
    await shop.sell(MILK)
    page = await open_chain(shop, visit)

    await page.locator(".sales tbody button").first.click()

    sheet = page.locator("dialog")
    await expect(sheet.locator(".taken")).to_contain_text("Milk week")
    await page.keyboard.press("Escape")
    await expect(sheet).to_have_count(0)


async def test_stock_is_searched_by_name_and_carries_its_age(shop: Shop, visit: Visit) -> None:
    await shop.sell(BREAD)
    page = await open_chain(shop, visit)

    await page.get_by_label("Item number or name").fill("rye")

    row = page.locator(".stock tbody tr")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Rye bread")
    await expect(row.locator("td").last).to_contain_text("ago")


async def test_events_of_a_store_are_listed_with_their_hash(shop: Shop, visit: Visit) -> None:
    await shop.sell(BREAD)
    page = await open_chain(shop, visit)

    await page.get_by_role("button", name="Events").click()
    await page.locator(".events summary").first.click()

    await expect(page.locator(".events details[open] .code").first).to_contain_text("Hash")


async def test_stale_figures_carry_their_age(shop: Shop, visit: Visit) -> None:
    page = await open_chain(shop, visit)
    await expect(page.locator(".top .chip.good")).to_have_text("Live")

    await page.clock.install()
    await page.context.route("**/v1/**", lambda route: route.fulfill(status=429))
    await page.clock.fast_forward(30_000)

    await expect(page.locator(".top .chip.warn")).to_contain_text("ago")
    await expect(page.locator(".stores li")).to_have_count(1)


async def test_a_narrow_page_in_chinese_has_no_sideways_scroll(shop: Shop, visit: Visit) -> None:
    page = await open_chain(shop, visit, width=360, height=740, language="zh-CN", dark=True)

    await expect(page.get_by_role("heading", name="现有库存")).to_be_visible()

    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
