"""Identifiers: made by whoever owns the thing, from a stored counter; never parsed elsewhere."""

from __future__ import annotations

import re
from typing import Annotated, NewType

from msgspec import Meta

# `$` alone would let a line feed pass at the end, here and in every other reader of a pattern.
# NATS before 2.10 rejects dots and blanks in a topic level, so store ids are this plain.
STORE_PATTERN = r"^[a-z0-9]{1,16}$(?!\n)"
LANE_PATTERN = r"^[a-z0-9]{1,8}$(?!\n)"
ITEM_PATTERN = r"^[A-Za-z0-9_-]{1,32}$(?!\n)"
WORKER_PATTERN = r"^[a-z0-9_-]{1,32}$(?!\n)"

StoreId = Annotated[str, Meta(pattern=STORE_PATTERN)]
LaneId = Annotated[str, Meta(pattern=LANE_PATTERN)]
ItemId = Annotated[str, Meta(pattern=ITEM_PATTERN)]
WorkerId = Annotated[str, Meta(pattern=WORKER_PATTERN)]
MemberId = Annotated[str, Meta(min_length=1, max_length=32)]
OfferId = Annotated[str, Meta(min_length=1, max_length=64)]
RequestKey = NewType("RequestKey", str)

SHARDS_N = 256
_NUMBER = re.compile(r"([a-z0-9]{1,16})-([a-z0-9]{1,8})-([0-9]{6,12})")


def receipt_number(store: str, lane: str, count: int) -> str:
    """The number printed on a receipt: store, lane and the lane's gap-free count from 1."""
    return f"{store}-{lane}-{count:06d}"


def split_receipt_number(number: str) -> tuple[str, str, int] | None:
    """(store, lane, count) of a receipt number, or None when `number` is not one."""
    found = _NUMBER.fullmatch(number)
    if found is None or receipt_number(found[1], found[2], int(found[3])) != number:
        return None
    return found[1], found[2], int(found[3])
