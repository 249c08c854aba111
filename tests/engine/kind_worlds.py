"""Random shops whose offers are of the kinds that a shop writes, rather than bare rows."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

from cext.errors import Refused
from cext.lang.item import Offer
from cext.offers import Catalogue, lower_offer
from tests.engine.worlds import World

COUPON_KINDS = ("coupon", "coupon_amount", "coupon_percent", "coupon_exchange")
KINDS = (
    *("special_price", "member_price", "percent", "amount", "fixed_price", "tier", "nth_unit"),
    *("buy_get", "cheapest_free", "any_n", "bundle", "threshold", "threshold", "gift", "add_on"),
    *("points", "delivery"),
    *COUPON_KINDS,
)
TRIES_MAX_N = 50


class KindWorld(World):
    """A world of real offer kinds; terms that a kind refuses are drawn again."""

    def _make_terms(self) -> tuple[str, Any, str, bool]:
        catalogue = Catalogue(self.items)
        for _ in range(TRIES_MAX_N):
            kind = self.random.choice(KINDS)
            terms = getattr(self, f"_of_{kind}")()
            if kind in COUPON_KINDS:
                if not self.codes:
                    continue
                terms["code"] = self.codes[-1]
            offer = Offer(offer="x", kind=kind, title="", terms=Raw(msgspec.json.encode(terms)))
            try:
                lower_offer(offer, catalogue)
            except Refused:
                continue
            if kind in COUPON_KINDS:
                self.codes.pop()
            plain = all(item.unit == "piece" and item.per == 1000 for item in self.items)
            return kind, terms, "", plain
        return "percent", {"rate_ppm": 100_000, "items": [self.names[0]]}, "", False

    def _minor(self) -> int:
        pick = self.random
        return pick.choice((1, 50, 99, 250, 500, pick.randint(1, 2500)))

    def _rate(self) -> int:
        return self.random.choice((50_000, 100_000, 125_000, 333_333, 500_000, 1_000_000))

    def _target(self, names: tuple[str, ...] = ()) -> dict[str, Any]:
        return {"any_of": [{"item": name} for name in names or self._some()]}

    def _wide(self) -> dict[str, Any]:
        """All goods, all but one, or some."""
        pick = self.random.random()
        if pick < 0.5:
            return {}
        if pick < 0.7:
            return {"target": {"but": [{"item": self._some()[0]}]}}
        return {"target": self._target()}

    def _gain(self, *names: str) -> dict[str, int]:
        name = self.random.choice(names or ("rate_ppm", "amount_minor", "price_minor"))
        return {name: self._rate() if name == "rate_ppm" else self._minor()}

    def _of_special_price(self) -> dict[str, Any]:
        return {"item": self._some()[0], "price_minor": self._minor()}

    _of_member_price = _of_special_price

    def _of_percent(self) -> dict[str, Any]:
        return {"rate_ppm": self._rate(), "items": self._some()}

    def _of_amount(self) -> dict[str, Any]:
        return {"amount_minor": self._minor(), "target": self._target()}

    def _of_fixed_price(self) -> dict[str, Any]:
        return {"price_minor": self._minor(), "target": self._target()}

    def _of_tier(self) -> dict[str, Any]:
        pick = self.random
        name = pick.choice(("rate_ppm", "amount_minor", "price_minor"))
        edges = [1000, pick.choice((2000, 2500)), 4000][: pick.randint(1, 3)]
        steps = [{"from_quantity": edge, **self._gain(name)} for edge in edges]
        unit = "piece" if pick.random() < 0.8 else "g"
        return {
            "target": self._target(),
            "steps": steps,
            "marginal": pick.random() < 0.5,
            "unit": unit,
        }

    def _of_nth_unit(self) -> dict[str, Any]:
        return {"target": self._target(), "nth": self.random.choice((2, 2, 3)), **self._gain()}

    def _of_buy_get(self) -> dict[str, Any]:
        pick = self.random
        terms: dict[str, Any] = {"target": self._target(), "buy_n": pick.choice((1, 1, 2))}
        if pick.random() < 0.5:
            terms["gets"] = self._target()
        if pick.random() < 0.5:
            terms |= self._gain()
        return terms

    def _of_cheapest_free(self) -> dict[str, Any]:
        return {"target": self._target(), "any_n": self.random.choice((2, 3, 4)), "free_n": 1}

    def _of_any_n(self) -> dict[str, Any]:
        return {
            "target": self._target(),
            "any_n": self.random.choice((2, 3)),
            "price_minor": self._minor(),
        }

    def _of_bundle(self) -> dict[str, Any]:
        names = list(self._some(2))
        self.random.shuffle(names)
        cut = self.random.randint(1, len(names) - 1)
        parts = [
            {"target": self._target(tuple(part)), "pieces_n": self.random.choice((1, 1, 2))}
            for part in (names[:cut], names[cut:])
        ]
        return {"parts": parts, **self._gain()}

    def _of_threshold(self) -> dict[str, Any]:
        pick = self.random
        name = pick.choice(("amount_minor", "amount_minor", "rate_ppm"))
        least, steps = self._minor(), []
        for _ in range(pick.choice((1, 1, 2, 3))):
            steps.append({"min_minor": least, **self._gain(name)})
            least += self._minor()
        return {
            "steps": steps,
            "sees": pick.choice(("after", "after", "before")),
            "repeat": len(steps) == 1 and pick.random() < 0.5,
            "cap_minor": pick.choice((0, 0, 120)),
            **self._wide(),
        }

    def _of_gift(self) -> dict[str, Any]:
        pick = self.random
        return {
            "gifts": self._some()[:2],
            "min_minor": self._minor(),
            "min_pieces_n": pick.choice((0, 0, 2)),
            "pieces_n": pick.choice((1, 1, 2)),
            "instead_minor": pick.choice((0, 33)),
            "repeat": pick.random() < 0.3,
            **self._wide(),
        }

    def _of_add_on(self) -> dict[str, Any]:
        return {
            "items": self._some()[:2],
            "price_minor": self._minor(),
            "min_minor": self._minor(),
            "repeat": self.random.random() < 0.3,
            **self._wide(),
        }

    def _of_points(self) -> dict[str, Any]:
        pick = self.random
        return {
            "points_n": pick.choice((1, 10)),
            "value_minor": pick.choice((1, 7)),
            "cap_ppm": pick.choice((1_000_000, 500_000)),
            **self._wide(),
        }

    def _of_delivery(self) -> dict[str, Any]:
        return {"min_minor": self._minor(), **self._gain("rate_ppm", "amount_minor")}

    def _of_coupon(self) -> dict[str, Any]:
        return {
            "target": self._target(),
            "amount_minor": self._minor(),
            "match_minor": self.random.choice((0, 50)),
        }

    def _of_coupon_amount(self) -> dict[str, Any]:
        least = self.random.choice((0, self._minor()))
        return {"amount_minor": self._minor(), "min_minor": least, **self._wide()}

    def _of_coupon_percent(self) -> dict[str, Any]:
        least = self.random.choice((0, self._minor()))
        cap = self.random.choice((0, 150))
        return {"rate_ppm": self._rate(), "min_minor": least, "cap_minor": cap, **self._wide()}

    def _of_coupon_exchange(self) -> dict[str, Any]:
        return {"target": self._target(), "price_minor": self.random.choice((0, 50))}


def make_world(seed: int) -> World:
    """The world of a seed: of four, one with the kinds a shop writes; of eight, one is large."""
    kind = KindWorld if seed % 4 == 3 else World
    return kind(seed, large=seed % 16 in (6, 7))
