"""Doors to receipts: as data, as text, as a picture, once more on paper, and back."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from cext.kit.http import Call, Route
from edge.api.print_routes import who_asks
from edge.api.services import Services
from edge.api.shapes import LatestQuery, PrintQueued, ReceiptList, RefundReceipt
from edge.sales import Proved, Proving, Receipt

_UNKNOWN = ("receipt_unknown",)


class ReceiptDoors:
    """Handlers over receipts."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._receipts = services.counter.receipts
        self._proving = Proving(services.journal, self._receipts, services.books)

    async def latest(self, call: Call[Any, LatestQuery]) -> ReceiptList:
        return ReceiptList(await self._receipts.load_latest(call.query.limit))

    async def receipt(self, call: Call[Any, Any]) -> Receipt:
        return await self._receipts.load(call.path["number"])

    async def picture(self, call: Call[Any, Any]) -> web.StreamResponse:
        receipt = await self._receipts.load(call.path["number"])
        picture = await self._services.render_png(receipt)
        return web.Response(body=picture, content_type="image/png")

    async def text(self, call: Call[Any, Any]) -> web.StreamResponse:
        receipt = await self._receipts.load(call.path["number"])
        return web.Response(text=self._services.render_text(receipt), content_type="text/plain")

    async def print(self, call: Call[Any, Any]) -> PrintQueued:
        receipt = await self._receipts.load(call.path["number"])
        copy = await self._services.printing.ask_copy(receipt, who=who_asks(call))
        return PrintQueued(number=receipt.number, device=copy.wanted, print=copy.id)

    async def proof(self, call: Call[Any, Any]) -> Proved:
        return await self._proving.prove(call.path["code"])

    async def refund(self, call: Call[RefundReceipt, Any]) -> Receipt:
        return await self._services.counter.refund(
            call.path["number"],
            reason=call.body.reason,
            approved_by=call.body.approved_by,
            once=self._services.replies.once(call),
        )


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = ReceiptDoors(services)
    return [*_list_views(doors), *_list_acts(doors)]


def _list_views(doors: ReceiptDoors) -> list[Route]:
    return [
        Route(
            "GET",
            "/v1/receipts",
            doors.latest,
            summary="The latest receipts of all lanes, newest first",
            reply=ReceiptList,
            scope="read",
            query=LatestQuery,
        ),
        Route(
            "GET",
            "/v1/receipts/{number}.png",
            doors.picture,
            summary="The receipt as a picture of its paper",
            reply=bytes,
            scope="read",
            content_type="image/png",
            errors=_UNKNOWN,
        ),
        Route(
            "GET",
            "/v1/receipts/{number}.txt",
            doors.text,
            summary="The receipt as text",
            reply=bytes,
            scope="read",
            content_type="text/plain",
            errors=_UNKNOWN,
        ),
        Route(
            "GET",
            "/v1/receipts/{number}",
            doors.receipt,
            summary="The receipt as data",
            reply=Receipt,
            scope="read",
            errors=_UNKNOWN,
        ),
        Route(
            "GET",
            "/v1/proofs/{code}",
            doors.proof,
            summary="The price behind a receipt's short code, made again and compared",
            reply=Proved,
            scope="read",
            errors=("proof_unknown", "proof_code_invalid", "book_gone"),
        ),
    ]


def _list_acts(doors: ReceiptDoors) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/receipts/{number}/print",
            doors.print,
            summary="Print it once more, marked COPY",
            reply=PrintQueued,
            scope="sell",
            status=202,
            errors=(*_UNKNOWN, "printer_busy"),
        ),
        Route(
            "POST",
            "/v1/receipts/{number}/refund",
            doors.refund,
            summary="Give the whole receipt back, once",
            reply=Receipt,
            scope="manage",
            body=RefundReceipt,
            errors=(*_UNKNOWN, "refunded_conflict", "not_a_sale"),
        ),
    ]
