"""What to say where a protocol cannot zero or tare a scale; pure."""

from __future__ import annotations

from typing import ClassVar, Literal

from cext.errors import Refused


def refuse_order(protocol: str, order: Literal["zero", "tare"], cure: str) -> Refused:
    """The error for an order that a protocol does not have."""
    return Refused("device_unfit", f"{protocol} cannot {order} a scale: {cure}")


class ByItsKeys:
    """For a conversation without orders: both are done by the keys of the scale."""

    name: ClassVar[str]

    def zero(self) -> bytes:
        raise refuse_order(self.name, "zero", "press its zero key.")

    def tare(self, weight_g: int | None) -> bytes:
        del weight_g
        raise refuse_order(self.name, "tare", "press its tare key.")
