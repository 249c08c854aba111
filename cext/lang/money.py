"""Money: integers in minor units of the store's one currency."""

from __future__ import annotations

from msgspec import Struct

MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3}
SYMBOLS = {"CNY": "¥", "USD": "$", "GBP": "£", "EUR": "€", "ILS": "₪", "JPY": "¥"}


class Currency(Struct, frozen=True, kw_only=True):
    """An ISO 4217 currency code."""

    code: str

    @property
    def digits(self) -> int:
        """Decimals of the minor unit: 2 for CNY, 0 for JPY (ISO 4217)."""
        return MINOR_DIGITS.get(self.code, 2)

    @property
    def symbol(self) -> str:
        """The sign printed before an amount; the code itself where there is none."""
        return SYMBOLS.get(self.code, self.code + " ")

    def say(self, amount_minor: int, *, symbol: bool = True) -> str:
        """`amount_minor` as printed: "-¥12.30"."""
        sign = "-" if amount_minor < 0 else ""
        head = sign + (self.symbol if symbol else "")
        whole, rest = divmod(abs(amount_minor), 10**self.digits)
        return head + (f"{whole}.{rest:0{self.digits}d}" if self.digits else f"{whole}")
