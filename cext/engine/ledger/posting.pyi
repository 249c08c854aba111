from _typeshed import ReadableBuffer

from cext.engine.ledger.accounts import Accounts
from cext.lang.account import Crossing

MOVEMENTS_MAX_N: int
TAPE_MAX_N: int
TAPE_RECORD_BYTES: int

class Posting(Accounts):
    @property
    def posted_n(self) -> int: ...
    def move(self, source: int, target: int, quantity: int) -> tuple[Crossing, ...]: ...
    def move_many(
        self, sources: ReadableBuffer, targets: ReadableBuffer, quantities: ReadableBuffer
    ) -> tuple[Crossing, ...]: ...
    def keep_tape(self, wanted: bool) -> None: ...
    def take_tape(self) -> bytes: ...
