"""Doors to the papers that are no receipts: day reports, setup pages, pick slips."""

from __future__ import annotations

from hashlib import sha256
from ipaddress import ip_address
from typing import Annotated, Any
from uuid import uuid4

from aiohttp import web
from msgspec import Meta, Struct

from cext.errors import Refused
from cext.kit.http import Call, Route
from edge.api.print_routes import who_asks
from edge.api.services import Services
from edge.prints import Ask, PrintView, view_of
from edge.sales.day import DayReport
from edge.sales.slips import PickSlip

_UNKNOWN = ("paper_unknown", "address_local")
_PRINTING = ("device_unknown", "device_unfit", "printer_busy", "job_too_large")
Device = Annotated[str, Meta(min_length=1, max_length=32)]


class PrintPaper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which printer."""

    printer: Device


class PrintPickSlip(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to fetch, and on which printer it comes out."""

    printer: Device
    slip: PickSlip


class PaperDoors:
    """Handlers over papers."""

    def __init__(self, services: Services) -> None:
        self._papers = services.papers

    async def report(self, _call: Call[Any, Any]) -> DayReport:
        return self._papers.report()

    async def picture(self, call: Call[Any, Any]) -> web.StreamResponse:
        lay = self._papers.find(call.path["paper"], address=address_of(call))
        picture = await self._papers.render_png(lay)
        return web.Response(body=picture, content_type="image/png")

    async def text(self, call: Call[Any, Any]) -> web.StreamResponse:
        lay = self._papers.find(call.path["paper"], address=address_of(call))
        return web.Response(text=await self._papers.render_text(lay), content_type="text/plain")

    async def print(self, call: Call[PrintPaper, Any]) -> PrintView:
        paper = call.path["paper"]
        lay = self._papers.find(paper, address=address_of(call))
        return view_of(await self._papers.print(lay, _ask(call, paper)))

    async def print_pick_slip(self, call: Call[PrintPickSlip, Any]) -> PrintView:
        lay = self._papers.pick_slip(call.body.slip)
        return view_of(await self._papers.print(lay, _ask(call, "pick_slip")))


def _ask(call: Call[Any, Any], paper: str) -> Ask:
    """The paper as a print job: one for each `Idempotency-Key`, else a new one every time."""
    key = call.idempotency_key
    name = sha256(key.encode()).hexdigest()[:32] if key else uuid4().hex
    return Ask(
        subject=f"paper:{name}",
        kind=paper,
        printer=call.body.printer,
        title=paper.replace("_", " "),
        who=who_asks(call),
    )


def address_of(call: Call[Any, Any]) -> str:
    """Where other devices reach this box: as the caller did. Refused address_local on loopback.

    Only the page that pairs devices needs it.
    """
    host = call.request.host
    if call.path.get("paper") == "pairing" and _is_local(host):
        detail = (
            f"{host} leads other devices to themselves: set api.host, and ask for this page by "
            "the box's address in the shop's network."
        )
        raise Refused("address_local", detail, host=host)
    return f"{call.request.scheme}://{host}/"


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] or host if not host.endswith("]") else host
    name = name.strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = PaperDoors(services)
    return [*_list_views(doors), *_list_prints(doors)]


def _list_views(doors: PaperDoors) -> list[Route]:
    return [
        Route(
            "GET",
            "/v1/reports/x",
            doors.report,
            summary="What this business day has taken so far",
            reply=DayReport,
            scope="read",
        ),
        Route(
            "GET",
            "/v1/papers/{paper}.png",
            doors.picture,
            summary="The X report, the scanner setup or the pairing page as a picture",
            reply=bytes,
            scope="read",
            content_type="image/png",
            errors=_UNKNOWN,
        ),
        Route(
            "GET",
            "/v1/papers/{paper}.txt",
            doors.text,
            summary="The same as text",
            reply=bytes,
            scope="read",
            content_type="text/plain",
            errors=_UNKNOWN,
        ),
    ]


def _list_prints(doors: PaperDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/papers/{paper}/print",
            doors.print,
            summary="Print the X report, the scanner setup or the pairing page",
            reply=PrintView,
            status=202,
            scope="sell",
            body=PrintPaper,
            errors=(*_UNKNOWN, *_PRINTING),
        ),
        Route(
            "POST",
            "/v1/pick-slips/print",
            doors.print_pick_slip,
            summary="Print what to fetch for an order",
            reply=PrintView,
            status=202,
            scope="sell",
            body=PrintPickSlip,
            errors=_PRINTING,
        ),
    ]
