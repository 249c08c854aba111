"""Doors to the print journal: what waits, what came out, what somebody must look at."""

from __future__ import annotations

from typing import Any

from cext.errors import Refused
from cext.kit.http import Call, Route
from edge.api.services import Services
from edge.api.shapes import DropPrint, LatestQuery, PaperLine, PrintLines, Prints
from edge.devices.paper import Cut, Document, Feed, Part, Qr, Rule, Text
from edge.prints import Ask, PrintView, view_of
from edge.sales.printing import KIND

_UNKNOWN = ("print_unknown",)
OPEN_SHOWN_N = 500
WIDTH_N = 48  # any: the printer's own roll decides


class PrintDoors:
    """Handlers over the print journal."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._prints = services.prints

    async def latest(self, call: Call[Any, LatestQuery]) -> Prints:
        ended = await self._prints.load_ended(call.query.limit)
        return Prints(
            open=tuple(view_of(job) for job in self._prints.list_open()[:OPEN_SHOWN_N]),
            ended=tuple(view_of(job) for job in ended),
        )

    async def paper(self, call: Call[PrintLines, Any]) -> PrintView:
        asked = call.body
        if asked.kind == KIND:
            raise Refused("print_kind_taken", "a receipt is printed by its own door")
        if asked.lane:
            self._services.counter.get_lane(asked.lane)
        ask = Ask(
            subject=f"paper:{asked.key}",
            kind=asked.kind,
            printer=asked.printer or self._prints.printer_of(asked.lane),
            title=asked.title or asked.kind,
            lane=asked.lane,
            who=who_asks(call),
        )
        parts = tuple(part for line in asked.lines for part in _parts(line))
        return view_of(await self._prints.put(ask, Document(WIDTH_N, (*parts, Feed(), Cut()))))

    async def copy(self, call: Call[Any, Any]) -> PrintView:
        return view_of(await self._prints.copy(call.path["id"], who=who_asks(call)))

    async def drop(self, call: Call[DropPrint, Any]) -> PrintView:
        body = call.body
        return view_of(await self._prints.drop(call.path["id"], who=body.who, why=body.why))


def who_asks(call: Call[Any, Any]) -> str:
    """The name of the token behind a call."""
    return call.grant.name if call.grant else "nobody"


def _parts(line: PaperLine) -> list[Part]:
    parts: list[Part] = []
    if line.rule:
        parts.append(Rule())
    if line.qr:
        parts.append(Qr(line.qr))
    if line.left or line.right or not parts:
        parts.append(Text(line.left, line.right, bold=line.bold, size=line.size, align=line.align))
    return parts


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = PrintDoors(services)
    return [
        Route(
            "GET",
            "/v1/prints",
            doors.latest,
            summary="Print jobs that are not over, and the latest that are",
            reply=Prints,
            scope="read",
            query=LatestQuery,
        ),
        Route(
            "POST",
            "/v1/prints",
            doors.paper,
            summary="Print a paper of your own, once",
            reply=PrintView,
            scope="sell",
            body=PrintLines,
            status=202,
            errors=("lane_unknown", "printer_unknown", "printer_busy", "job_too_large"),
        ),
        Route(
            "POST",
            "/v1/prints/{id}/copy",
            doors.copy,
            summary="Print it once more, marked COPY",
            reply=PrintView,
            scope="sell",
            status=202,
            errors=(*_UNKNOWN, "printer_busy", "print_forgotten"),
        ),
        Route(
            "POST",
            "/v1/prints/{id}/drop",
            doors.drop,
            summary="Give a queued paper up, or say that a doubtful one came out",
            reply=PrintView,
            scope="sell",
            body=DropPrint,
            errors=(*_UNKNOWN, "print_over_conflict", "print_busy"),
        ),
    ]
