"""What a careful person writes in an afternoon: plain Python, with an index from item to offer.

The second witness of the pricing bench: it knows only the offers of bench.pricing_world, where one
item is in one offer at most, and no conflict, tax, explanation or split.
"""

from __future__ import annotations

from bench.pricing_shop import Offering, Shopping, World


class PlainPricer:
    """Prices baskets of one `World`."""

    def __init__(self, world: World) -> None:
        self._wares = {ware.item: ware for ware in world.wares}
        self._by_item: dict[str, Offering] = {}
        self._by_category: dict[str, Offering] = {}
        self._by_code: dict[str, Offering] = {}
        self._spends: list[Offering] = []
        for one in world.offers:
            for item in one.items:
                self._by_item[item] = one
            if one.category:
                self._by_category[one.category] = one
            if one.code:
                self._by_code[one.code] = one
            if one.kind == "spend":
                self._spends.append(one)

    def total(self, basket: Shopping) -> int:
        """What the basket costs, in minor units."""
        list_minor, items_minor, basket_minor = self._sums(basket)
        return list_minor - items_minor - basket_minor

    def is_plain(self, basket: Shopping) -> bool:
        """Whether no reading of a threshold, and no cap, can change what `basket` costs."""
        list_minor, items_minor, basket_minor = self._sums(basket)
        net_minor = list_minor - items_minor - basket_minor
        if 10 * basket_minor > net_minor:
            return False
        return all((list_minor >= one.least_minor) == (net_minor >= one.least_minor)
                   for one in self._spends)  # fmt: skip

    def _sums(self, basket: Shopping) -> tuple[int, int, int]:
        """The sum at the customer's prices, what offers on items take, what the others take."""
        list_minor = off_minor = 0
        units: dict[str, list[int]] = {}
        for item, quantity in basket.lines:
            ware = self._wares[item]
            price = (ware.member_minor if basket.member else 0) or ware.price_minor
            list_minor += price * quantity
            one = self._by_item.get(item)
            if one is not None:
                if one.kind == "amount_off":
                    off_minor += one.amount_minor * quantity
                else:
                    units.setdefault(one.offer, [0, price])[0] += quantity
                    continue
            one = self._by_category.get(ware.category)
            if one is not None:
                off_minor += price * quantity * one.percent // 100
        for item, _ in basket.lines:
            one = self._by_item.get(item)
            if one is not None and one.offer in units:
                count, price = units.pop(one.offer)
                off_minor += _off_together(one, count, price)
        basket_minor = sum(
            one.amount_minor for one in self._spends if list_minor >= one.least_minor
        )
        if basket.coupon:
            basket_minor += self._by_code[basket.coupon].amount_minor
        return list_minor, off_minor, basket_minor


def _off_together(one: Offering, count: int, price_minor: int) -> int:
    """What an offer takes off `count` units of one price."""
    if one.kind == "buy_get":
        return count // (one.buy_n + one.get_n) * one.get_n * price_minor
    if one.kind == "nth_half":
        return count // 2 * price_minor // 2
    return count // one.buy_n * (one.buy_n * price_minor - one.price_minor)
