from cext.lang.code import Decoded
from cext.lang.item import PriceBook

TEXT_MAX_N: int
YEAR: int

class Codes:
    def __init__(
        self, book: PriceBook, *, year: int = ..., separators: tuple[str, ...] = ...
    ) -> None: ...
    def decode(self, text: str, aim: str = "") -> Decoded: ...
