"""Doors to the lanes: what a counter page or another till does to a basket."""

from __future__ import annotations

from typing import Any

from cext.errors import Refused
from cext.kit.http import Call, Route
from cext.lang.basket import Tender
from cext.lang.quote import Quote
from edge.api.services import Services
from edge.api.shapes import (
    CancelBasket,
    ChangeLine,
    Lanes,
    OpenLane,
    RingAmount,
    ScanCode,
    TakeTender,
    VoidQuery,
)
from edge.sales import Lane, LaneView, Receipt

BASKET_CODES = ("lane_unknown", "lane_shut", "lane_paying")


class LaneDoors:
    """Handlers over the counter."""

    def __init__(self, services: Services) -> None:
        self._counter = services.counter
        self._replies = services.replies

    def _lane(self, call: Call[Any, Any]) -> Lane:
        return self._counter.get_lane(call.path["lane"])

    async def lanes(self, _call: Call[Any, Any]) -> Lanes:
        return Lanes(self._counter.views())

    async def view(self, call: Call[Any, Any]) -> LaneView:
        return self._lane(call).view()

    async def quote(self, call: Call[Any, Any]) -> Quote:
        return self._lane(call).get_quote()

    async def open(self, call: Call[OpenLane, Any]) -> LaneView:
        return await self._lane(call).open(call.body.worker)

    async def shut(self, call: Call[Any, Any]) -> LaneView:
        return await self._lane(call).shut()

    async def scan(self, call: Call[ScanCode, Any]) -> LaneView:
        return await self._lane(call).scan(call.body.code, quantity=call.body.quantity)

    async def ring(self, call: Call[RingAmount, Any]) -> LaneView:
        body = call.body
        return await self._lane(call).ring(
            body.item, body.amount_minor, quantity=body.quantity, reason=body.reason
        )

    async def change(self, call: Call[ChangeLine, Any]) -> LaneView:
        override = call.body.override
        if override is not None and not (call.grant and call.grant.allows("manage")):
            raise Refused("scope_missing", "a price by hand needs the scope 'manage'")
        return await self._lane(call).change(
            _line(call), quantity=call.body.quantity, override=override
        )

    async def void(self, call: Call[Any, VoidQuery]) -> LaneView:
        return await self._lane(call).void(_line(call), reason=call.query.reason)

    async def cancel(self, call: Call[CancelBasket, Any]) -> LaneView:
        return await self._lane(call).cancel(reason=call.body.reason)

    async def tender(self, call: Call[TakeTender, Any]) -> LaneView:
        body = call.body
        tender = Tender(kind=body.kind, amount_minor=body.amount_minor, reference=body.reference)
        return await self._lane(call).tender(tender)

    async def take_back(self, call: Call[Any, Any]) -> LaneView:
        return await self._lane(call).take_back()

    async def close(self, call: Call[Any, Any]) -> Receipt:
        return await self._lane(call).close(once=self._replies.once(call))


def _line(call: Call[Any, Any]) -> int:
    text = call.path["line"]
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refused("line_unknown", f"{text!r} is no line number")
    return int(text)


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = LaneDoors(services)
    return [
        Route("GET", "/v1/lanes", doors.lanes, summary="Every lane", reply=Lanes, scope="read"),
        Route(
            "GET", "/v1/lanes/{lane}", doors.view, summary="One lane", reply=LaneView, scope="read"
        ),
        Route(
            "GET",
            "/v1/lanes/{lane}/quote",
            doors.quote,
            summary="The basket's quote, with a reason for every cent",
            reply=Quote,
            scope="read",
            errors=("lane_unknown", "basket_empty"),
        ),
        *_lane_writes(doors),
        *_line_writes(doors),
        *_money_writes(doors),
    ]


def _lane_writes(doors: LaneDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/lanes/{lane}/open",
            doors.open,
            summary="Open the lane for a worker",
            reply=LaneView,
            scope="sell",
            body=OpenLane,
            errors=("lane_unknown", "lane_conflict"),
        ),
        Route(
            "POST",
            "/v1/lanes/{lane}/shut",
            doors.shut,
            summary="Shut the lane",
            reply=LaneView,
            scope="sell",
            errors=("lane_unknown", "basket_open"),
        ),
        Route(
            "POST",
            "/v1/lanes/{lane}/cancel",
            doors.cancel,
            summary="Give the whole basket up",
            reply=LaneView,
            scope="sell",
            body=CancelBasket,
            errors=("lane_unknown", "lane_shut"),
        ),
    ]


def _line_writes(doors: LaneDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/lanes/{lane}/scan",
            doors.scan,
            summary="Scan a code: item, label, member card or coupon",
            reply=LaneView,
            scope="sell",
            body=ScanCode,
            errors=(*BASKET_CODES, "code_unknown", "scale_silent", "weight_unstable"),
        ),
        Route(
            "POST",
            "/v1/lanes/{lane}/lines",
            doors.ring,
            summary="Ring an item that has no price of its own",
            reply=LaneView,
            scope="sell",
            body=RingAmount,
            errors=(*BASKET_CODES, "item_unknown", "price_fixed"),
        ),
        Route(
            "PATCH",
            "/v1/lanes/{lane}/lines/{line}",
            doors.change,
            summary="Change a line's quantity, or its price (scope manage)",
            reply=LaneView,
            scope="sell",
            body=ChangeLine,
            errors=(*BASKET_CODES, "line_unknown", "weight_typed", "scope_missing"),
        ),
        Route(
            "DELETE",
            "/v1/lanes/{lane}/lines/{line}",
            doors.void,
            summary="Take a line out",
            reply=LaneView,
            scope="sell",
            query=VoidQuery,
            errors=(*BASKET_CODES, "line_unknown"),
        ),
    ]


def _money_writes(doors: LaneDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/lanes/{lane}/tenders",
            doors.tender,
            summary="Take money",
            reply=LaneView,
            scope="sell",
            body=TakeTender,
            errors=("lane_unknown", "lane_shut", "basket_empty", "tender_exceeds_due"),
        ),
        Route(
            "DELETE",
            "/v1/lanes/{lane}/tenders",
            doors.take_back,
            summary="Give the tenders back",
            reply=LaneView,
            scope="sell",
            errors=("lane_unknown", "lane_shut"),
        ),
        Route(
            "POST",
            "/v1/lanes/{lane}/close",
            doors.close,
            summary="Make the paid basket a sale; answers once it is on disk",
            reply=Receipt,
            scope="sell",
            errors=("lane_unknown", "lane_shut", "basket_empty", "tender_short"),
        ),
    ]
