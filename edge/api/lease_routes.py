"""Doors to the leases: pages and handhelds that share the devices of one box."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from cext.kit.http import Call, Route
from edge.api.services import Services
from edge.api.shapes import LeaseToken
from edge.devices.leases import TTL_MAX_S, TTL_MIN_S, Lease
from edge.leasing import LeaseView

TTL_S = 15
Holder = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,31}$(?!\n)")]
Ttl = Annotated[int, Meta(ge=TTL_MIN_S, le=TTL_MAX_S)]


class ClaimDevice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants a device, for how long, and whether to take it from somebody.

    A holder is one page or one handheld and names itself as no other does; `lane:1` is the page
    of lane 1.
    """

    holder: Holder
    ttl_s: Ttl = TTL_S
    take_over: bool = False


class RenewLease(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lease by its token, and how long it is to last from now."""

    token: LeaseToken
    ttl_s: Ttl = TTL_S


class TokenQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """The lease to give back."""

    token: LeaseToken


class LeaseGiven(Struct, frozen=True, kw_only=True):
    """A lease: show `token` with every act on the device, and renew before `until_ms`."""

    device: str
    holder: str
    token: int
    until_ms: int


class LeaseList(Struct, frozen=True):
    """Every device, with who has it."""

    leases: tuple[LeaseView, ...]


class LeaseDoors:
    """Handlers over the leases."""

    def __init__(self, services: Services) -> None:
        self._leasing = services.leasing

    async def list_all(self, _call: Call[Any, Any]) -> LeaseList:
        return LeaseList(self._leasing.views())

    async def claim(self, call: Call[ClaimDevice, Any]) -> LeaseGiven:
        body = call.body
        lease = await self._leasing.claim(
            call.path["device"],
            holder=body.holder,
            grant=call.grant.name if call.grant else "",
            ttl_s=body.ttl_s,
            take_over=body.take_over,
        )
        return _given(lease)

    async def renew(self, call: Call[RenewLease, Any]) -> LeaseGiven:
        body = call.body
        return _given(self._leasing.renew(call.path["device"], body.token, ttl_s=body.ttl_s))

    async def give_back(self, call: Call[Any, TokenQuery]) -> LeaseView:
        return self._leasing.give_back(call.path["device"], call.query.token)


def _given(lease: Lease) -> LeaseGiven:
    return LeaseGiven(
        device=lease.device, holder=lease.holder, token=lease.token, until_ms=lease.until_ms
    )


def list_routes(services: Services) -> list[Route]:
    """The routes of this file."""
    doors = LeaseDoors(services)
    return [
        Route(
            "GET",
            "/v1/leases",
            doors.list_all,
            summary="Every device, with who has it",
            reply=LeaseList,
            scope="read",
        ),
        Route(
            "POST",
            "/v1/devices/{device}/lease",
            doors.claim,
            summary="Claim a device, or take it over; the answer holds the fencing token",
            reply=LeaseGiven,
            scope="sell",
            body=ClaimDevice,
            errors=("device_unknown", "lane_unknown", "lease_held", "leases_too_many"),
        ),
        Route(
            "PUT",
            "/v1/devices/{device}/lease",
            doors.renew,
            summary="Prolong a lease",
            reply=LeaseGiven,
            scope="sell",
            body=RenewLease,
            errors=("device_unknown", "lease_stale"),
        ),
        Route(
            "DELETE",
            "/v1/devices/{device}/lease",
            doors.give_back,
            summary="Give a device back",
            reply=LeaseView,
            scope="sell",
            query=TokenQuery,
            errors=("device_unknown", "lease_stale"),
        ),
    ]
