"""Leases: who may use a device of the box now, and tokens that fence off everybody else.

Pure: the time comes from a clock, the numbers of tokens from `edge/devices/lease_numbers.py`. As
with `claim` of UnifiedPOS, a scanner or a scale that is leased works for its holder alone. A
printer, a display or a drawer is shared job by job: the box's own receipts and prices go on
between two jobs of the holder. A device that a lane is bound to is claimed by that lane for good;
anybody else must take it over, and when that lease ends the lane has it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cext.errors import Refused, must
from cext.kit.clock import Clock

TTL_MIN_S = 1
TTL_MAX_S = 300
HOLDER_LEASES_MAX_N = 8
LANE_PREFIX = "lane:"
NS_PER_S = 1_000_000_000


class Lease(Struct, frozen=True, kw_only=True):
    """`holder` may use `device` until `until_ns` of the monotonic clock; `until_ms` is for people.

    `grant` names the token of the doors it was asked for with, `token` is the fencing number.
    """

    device: str
    holder: str
    grant: str
    token: int
    until_ms: int
    until_ns: int


class By(Struct, frozen=True):
    """Who uses a device: the box itself, for a lane or for none, or a caller from outside.

    A caller who holds a lease shows its `token`.
    """

    who: Literal["box", "caller"] = "box"
    lane: str = ""
    token: int | None = None


BOX = By()


class Act(Struct, frozen=True):
    """One use of a device that has begun; `holder` is whose lease allowed it, or empty."""

    device: str
    by: By
    holder: str


def lane_holder(lane: str) -> str:
    """The holder's name of a lane."""
    return LANE_PREFIX + lane


class Leases:
    """One lease a device at most.

    `lanes_of` names the lanes that a device is bound to, `inputs` the devices that are exclusive
    while leased: scanners and scales.
    """

    def __init__(
        self, clock: Clock, *, lanes_of: Mapping[str, tuple[str, ...]], inputs: Collection[str]
    ) -> None:
        self._clock = clock
        self._lanes_of = lanes_of
        self._inputs = frozenset(inputs)
        self._held: dict[str, Lease] = {}
        self._acts: dict[str, Act] = {}
        self._token = 0

    def get(self, device: str) -> Lease | None:
        """The lease in force now; one that has run out is none, whether it was noticed or not."""
        lease = self._held.get(device)
        return lease if lease and self._clock.mono_ns() < lease.until_ns else None

    def list_held(self) -> tuple[Lease, ...]:
        """Every lease in force."""
        return tuple(lease for name in sorted(self._held) if (lease := self.get(name)))

    def list_lanes(self, device: str) -> tuple[str, ...]:
        """The lanes a device is bound to."""
        return self._lanes_of.get(device, ())

    def is_input(self, device: str) -> bool:
        """Whether a lease on it is exclusive."""
        return device in self._inputs

    # Claiming

    def find_former(self, device: str, *, holder: str, grant: str = "") -> str:
        """From whom `holder` would take the device; empty when from nobody.

        A holder who asks again through the same token of the doors takes it from nobody.
        """
        lease = self.get(device)
        if lease is not None:
            return "" if (lease.holder, lease.grant) == (holder, grant) else lease.holder
        owners = [lane_holder(lane) for lane in self.list_lanes(device)]
        return "" if holder in owners else ", ".join(owners)

    def claim(
        self,
        device: str,
        *,
        token: int,
        holder: str,
        grant: str = "",
        ttl_s: int,
        take_over: bool = False,
    ) -> tuple[Lease, str]:
        """Give `holder` the device under a `token` higher than any before; tokens are never reused.

        Also gives from whom it was taken, or an empty string. Refused: lease_held unless
        `take_over`, leases_too_many.
        """
        must(token > self._token, "lease_token_grows", token=token)
        former = self.find_former(device, holder=holder, grant=grant)
        if former and not take_over:
            raise self._say_held(device)
        others = [one for one in self.list_held() if one.device != device]
        if sum(one.holder == holder for one in others) >= HOLDER_LEASES_MAX_N:
            raise Refused(
                "leases_too_many",
                f"{holder} has {HOLDER_LEASES_MAX_N} devices already: give one back first.",
                holder=holder,
            )
        self._token = token
        lease = Lease(
            device=device, holder=holder, grant=grant, token=token, until_ms=0, until_ns=0
        )
        return self._prolong(lease, ttl_s), former

    def renew(self, device: str, token: int, *, ttl_s: int) -> Lease:
        """Let the lease last `ttl_s` from now; Refused lease_stale once it ran out or was taken."""
        return self._prolong(self._find(device, token), ttl_s)

    def give_back(self, device: str, token: int) -> Lease:
        """End the lease; Refused lease_stale as for `renew`."""
        lease = self._find(device, token)
        del self._held[device]
        return lease

    def expire(self) -> tuple[Lease, ...]:
        """Forget the leases that have run out, and give them."""
        ended = tuple(lease for name, lease in self._held.items() if self.get(name) is None)
        for lease in ended:
            del self._held[lease.device]
        return ended

    def next_end_ns(self) -> int | None:
        """When the next lease runs out, on the monotonic clock; None when there is none."""
        return min((lease.until_ns for lease in self._held.values()), default=None)

    # Using

    def check(self, device: str, by: By) -> None:
        """Refused lease_stale, or lease_held, unless `by` may use the device now."""
        if by.token is not None:
            self._find(device, by.token)
            return
        lease = self.get(device)
        if lease is None:
            return
        if by.who == "box":
            if not self.is_input(device):
                return
            if by.lane and lease.holder == lane_holder(by.lane):
                return
        raise self._say_held(device)

    def begin(self, device: str, by: By) -> Act:
        """Begin to use the device: as for `check`, and device_busy while somebody else does."""
        self.check(device, by)
        if device in self._acts:
            raise Refused(
                "device_busy", f"{device} is being used: try again in a moment.", device=device
            )
        lease = self.get(device)
        act = Act(device, by, lease.holder if lease else "")
        self._acts[device] = act
        return act

    def end(self, act: Act) -> None:
        """The device is free for the next act."""
        must(self._acts.get(act.device) is act, "act_ends_once", device=act.device)
        del self._acts[act.device]

    def _prolong(self, lease: Lease, ttl_s: int) -> Lease:
        must(TTL_MIN_S <= ttl_s <= TTL_MAX_S, "lease_ttl_bounded", ttl_s=ttl_s)
        lasting = replace(
            lease,
            until_ms=self._clock.now_ms() + ttl_s * 1000,
            until_ns=self._clock.mono_ns() + ttl_s * NS_PER_S,
        )
        self._held[lease.device] = lasting
        return lasting

    def _find(self, device: str, token: int) -> Lease:
        lease = self.get(device)
        if lease is None or lease.token != token:
            now = f"{lease.holder} has it now" if lease else "it ran out or was given back"
            raise Refused(
                "lease_stale",
                f"This lease on {device} has ended: {now}. Claim the device again.",
                device=device,
                holder=lease.holder if lease else "",
                until_ms=lease.until_ms if lease else None,
            )
        return lease

    def _say_held(self, device: str) -> Refused:
        lease = self.get(device)
        if lease is None:
            owners = [lane_holder(lane) for lane in self.list_lanes(device)]
            whose = " and ".join(owners)
            says = f"{device} belongs to {whose}: take it over to use it elsewhere."
            return Refused(
                "lease_held", says, device=device, holder=", ".join(owners), until_ms=None
            )
        return Refused(
            "lease_held",
            f"{lease.holder} has {device} now: wait until it is given back, or take it over.",
            device=device,
            holder=lease.holder,
            until_ms=lease.until_ms,
        )
