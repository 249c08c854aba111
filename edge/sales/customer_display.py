"""What a customer display of two lines says: from a lane's view to twenty columns twice.

Pure. A Chinese character takes two columns. Amounts carry no currency sign: most displays have
none but the dollar's, and half of the room is for the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from cext.lang.money import Currency
from cext.lang.quantity import KILOGRAM, PIECE
from edge.devices.paper.layout import columns_of, count_columns, plain, wrap
from edge.sales.texts import Language
from edge.sales.views import LaneView, LineView

COLUMNS_N = 20
TOTAL_AFTER_S = 4.0  # nothing more is scanned: the customer may want the sum
GREET_AFTER_S = 10.0  # change and thanks stay until the next customer is likely to be there

WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "total": "Total",
            "due": "To pay",
            "paid": "Paid",
            "change": "Change",
            "saved": "You save",
            "pieces": "{n} pieces",
            "piece": "1 piece",
            "welcome": "Welcome!",
            "thanks": "Thank you!",
            "shut": "Lane closed",
            "elsewhere": "Next lane, please",
        },
        "zh": {
            "total": "合计",
            "due": "待付",
            "paid": "已付清",
            "change": "找零",
            "saved": "已优惠",
            "pieces": "共 {n} 件",
            "piece": "共 1 件",
            "welcome": "欢迎光临",
            "thanks": "谢谢惠顾",
            "shut": "暂停收款",
            "elsewhere": "请到其他款台",
        },
    }
)


class Lines(Struct, frozen=True):
    """Two lines of at most `COLUMNS_N` columns."""

    upper: str
    lower: str = ""


class Show(Struct, frozen=True):
    """Lines to show now, and lines to show instead once nothing changed for `after_s`."""

    now: Lines
    later: Lines | None = None
    after_s: float = 0.0


class DisplayStyle(Struct, frozen=True, kw_only=True):
    """What the shop wants on its displays; an empty text stands for the language's own.

    `wide` says whether the display has Chinese characters; without them words are English, and of
    a name the rest is shown.
    """

    currency: str
    language: Language = "en"
    wide: bool = False
    shop_name: str = ""
    greeting: str = ""
    thanks: str = ""


class CustomerDisplay:
    """The display of one lane, as a fold of the lane's views."""

    def __init__(self, style: DisplayStyle) -> None:
        self._style = style
        self._money = Currency(code=style.currency)
        self._words = WORDS[style.language if style.wide else "en"]
        self._before: LaneView | None = None
        self._show = Show(self._closed())

    def on_view(self, view: LaneView) -> Show:
        """What to show of `view`, knowing what was there before."""
        before, self._before = self._before, view
        if view.state == "shut":
            self._show = Show(self._closed())
        elif not view.lines:
            if before is None or before.state == "shut" or before.lines:
                self._show = self._between(before, view)
        elif view.state == "paying":
            self._show = Show(self._payment(view))
        elif before is None or _basket_of(view) != _basket_of(before):
            self._show = self._scanned(before, view)
        return self._show

    def _closed(self) -> Lines:
        return Lines(self._middle(self._words["shut"]), self._middle(self._words["elsewhere"]))

    def _between(self, before: LaneView | None, view: LaneView) -> Show:
        """Nobody's goods are in the basket: thanks after a sale, else the greeting."""
        sold = before is not None and before.lines and before.due_minor == 0
        if before is None or not sold or before.last_receipt == view.last_receipt:
            return Show(self._greeting())
        thanks = self._middle(self._style.thanks or self._words["thanks"])
        change = self._sum("change", before.change_minor) if before.change_minor else ""
        return Show(Lines(thanks, change), later=self._greeting(), after_s=GREET_AFTER_S)

    def _greeting(self) -> Lines:
        if self._style.greeting:
            texts = wrap(self._clean(self._style.greeting), COLUMNS_N)
        else:
            texts = [self._style.shop_name, self._words["welcome"]]
        shown = [self._middle(text) for text in texts if self._clean(text)]
        return Lines(*shown[:2]) if shown else Lines(self._middle(self._words["welcome"]))

    def _payment(self, view: LaneView) -> Lines:
        total = self._sum("total", view.payable_minor + view.rounding_minor)
        if view.due_minor:
            return Lines(total, self._sum("due", view.due_minor))
        if view.change_minor:
            return Lines(total, self._sum("change", view.change_minor))
        return Lines(total, self._words["paid"])

    def _scanned(self, before: LaneView | None, view: LaneView) -> Show:
        total = self._total(view)
        line = _newest(before, view)
        if line is None:  # a line was taken out, or a card or a coupon lowered the price
            return Show(total)
        name = self._clean(line.name) or self._clean(line.item)
        lines = Lines(fit(name, COLUMNS_N), self._price(line))
        return Show(lines, later=total, after_s=TOTAL_AFTER_S)

    def _total(self, view: LaneView) -> Lines:
        upper = self._sum("total", view.payable_minor)
        if view.discount_minor:
            return Lines(upper, self._sum("saved", view.discount_minor))
        pieces_n = sum(_pieces_of(line) for line in view.lines)
        word = "piece" if pieces_n == 1 else "pieces"
        return Lines(upper, self._words[word].replace("{n}", str(pieces_n)))

    def _price(self, line: LineView) -> str:
        """Quantity and price on the left where they fit, what it comes to on the right."""
        right = self._say(line.net_minor)
        quantity, price = _say_quantity(line), ""
        if line.price_minor is not None and line.per in (PIECE, KILOGRAM):
            price = self._say(line.price_minor)
        lefts = [f"{quantity} x {price}" if quantity and price else quantity, quantity]
        if line.net_minor != line.gross_minor:
            off = self._say(line.net_minor - line.gross_minor)
            lefts = [f"{self._say(line.gross_minor)} {off}", off, *lefts]
        room_n = COLUMNS_N - len(right) - 1
        return pair(next((left for left in lefts if len(left) <= room_n), ""), right)

    def _sum(self, word: str, amount_minor: int) -> str:
        return pair(self._words[word], self._say(amount_minor))

    def _say(self, amount_minor: int) -> str:
        return self._money.say(amount_minor, symbol=False)

    def _middle(self, text: str) -> str:
        shown = fit(self._clean(text), COLUMNS_N)
        return " " * ((COLUMNS_N - count_columns(shown)) // 2) + shown

    def _clean(self, text: str) -> str:
        """`text` without what the display cannot show."""
        shown = plain(text)
        if not self._style.wide:
            shown = "".join(char for char in shown if columns_of(char) == 1)
        return " ".join(shown.split())


def fit(text: str, columns_n: int) -> str:
    """As much of `text` as fits into `columns_n` columns."""
    out, used_n = "", 0
    for char in plain(text):
        width_n = columns_of(char)
        if used_n + width_n > columns_n:
            break
        if width_n:  # a display has no marks to put over the character before
            out, used_n = out + char, used_n + width_n
    return out


def pair(left: str, right: str) -> str:
    """`left` and `right` at the two ends of a line; the amount on the right is never cut short."""
    right = fit(right, COLUMNS_N)
    right_n = count_columns(right)
    left = fit(left, max(COLUMNS_N - right_n - 1, 0))
    return left + " " * (COLUMNS_N - count_columns(left) - right_n) + right


def _newest(before: LaneView | None, view: LaneView) -> LineView | None:
    """The line that came or changed last, or None where none did."""
    known = {line.line: line for line in before.lines} if before else {}
    if known.keys() - {line.line for line in view.lines}:
        return None
    fresh = [line for line in view.lines if _is_fresh(line, known.get(line.line))]
    return fresh[-1] if fresh else None


def _is_fresh(line: LineView, known: LineView | None) -> bool:
    return known is None or (line.quantity, line.gross_minor) != (known.quantity, known.gross_minor)


def _basket_of(view: LaneView) -> tuple[object, ...]:
    return view.state, view.lines, view.payable_minor


def _pieces_of(line: LineView) -> int:
    """Whole pieces of a line; what is weighed, or sold in parts, is one."""
    return line.quantity // PIECE if line.unit == "piece" and line.quantity % PIECE == 0 else 1


def _say_quantity(line: LineView) -> str:
    """Such as "2" or "1.286kg"; nothing for one piece."""
    if line.unit == "piece":
        return "" if line.quantity == PIECE else line.say_quantity
    whole, rest = divmod(line.quantity, KILOGRAM)
    large = {"g": "kg", "ml": "l"}[line.unit]
    return f"{whole}.{rest:03d}{large}" if whole else f"{rest}{line.unit}"
