from array import array
from typing import Any

class Batch:
    offsets: Any
    items: Any
    quantities: Any
    members: Any
    coupon_offsets: Any
    coupons: Any
    def __init__(
        self,
        *,
        offsets: Any,
        items: Any,
        quantities: Any,
        members: Any,
        coupon_offsets: Any,
        coupons: Any,
        at_ms: int,
    ) -> None: ...
    @property
    def at_ms(self) -> int: ...

class BatchResult:
    payable: array[int]
    discount: array[int]
    gap: array[int]
    plain_n: int
    def __len__(self) -> int: ...
