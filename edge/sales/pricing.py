"""A basket priced by the book in force, with everything needed to prove the price later."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from cext.engine import make_proof, proof_code, round_half_up
from cext.errors import Refused, must
from cext.lang.basket import Basket, BasketLine
from cext.lang.events import Pricing, SaleLine, Trace
from cext.lang.item import Item
from cext.lang.quote import Quote, QuotedLine
from cext.lang.rights import Rights
from cext.lang.when import utc_offset_min
from cext.lang.wire import fits_frame
from edge.books import ActiveBook

SPARE_BYTES = 8 * 1024  # for the envelope, the tenders, the taxes and the rights

_encode = msgspec.msgpack.Encoder().encode


class PricedBasket(Struct, frozen=True, kw_only=True):
    """A basket's quote, the lines as they would be sold, and what the quote was made of."""

    book: ActiveBook
    quote: Quote
    lines: tuple[SaleLine, ...]
    at_ms: int
    rights: Rights

    def get_pricing(self, basket: Basket) -> Pricing:
        """What the event of the sale says of its price. `basket` is the one that was priced."""
        quote = self.quote
        proof = make_proof(
            quote, book_hash=self.book.hash, at_ms=self.at_ms, basket=basket, rights=self.rights
        )
        return Pricing(
            book_hash=self.book.hash,
            at_ms=self.at_ms,
            rights=self.rights,
            code=proof_code(proof),
            proof=quote.proof,
            gap_minor=quote.gap_minor,
            points_n=quote.points_n,
            uses=quote.uses,
        )


class UnitPrice(Struct, frozen=True):
    """`price_minor` buys `per` grams of an item, before any offer; `currency` is ISO 4217."""

    price_minor: int
    per: int
    currency: str

    def kilogram_minor(self) -> int | None:
        """What a kilogram costs; None where that is no whole number of the currency's units."""
        whole, rest = divmod(self.price_minor * 1000, self.per)
        return None if rest else whole

    def amount_minor(self, weight_g: int) -> int:
        """What so many grams cost."""
        return int(round_half_up(self.price_minor * weight_g, self.per))


def find_unit_price(
    item: Item, book: ActiveBook, *, member: str | None, at_ms: int, zone: str
) -> UnitPrice:
    """What the book asks of this customer for the item now."""
    line = BasketLine(line=1, item=item.item, quantity=item.per)
    rights = Rights(utc_offset_min=utc_offset_min(at_ms, zone))
    quoted = book.pricer.quote(Basket(lines=(line,), member=member), at_ms, rights).lines[0]
    return UnitPrice(quoted.price_minor, quoted.per, book.book.currency)


def price_basket(basket: Basket, book: ActiveBook, *, at_ms: int, zone: str) -> PricedBasket:
    """Price `basket`; Refused("basket_full") when its lines would not fit into one event."""
    rights = Rights(utc_offset_min=utc_offset_min(at_ms, zone))
    quote = book.pricer.quote(basket, at_ms, rights)
    lines = _sale_lines(basket, quote, book)
    _check_size(lines, quote)
    return PricedBasket(book=book, quote=quote, lines=lines, at_ms=at_ms, rights=rights)


def _sale_lines(basket: Basket, quote: Quote, book: ActiveBook) -> tuple[SaleLine, ...]:
    """The lines as sold, complete enough to be read without any price book."""
    pairs = zip(basket.lines, quote.lines, strict=True)
    return tuple(_sale_line(line, quoted, book.get_item(line.item)) for line, quoted in pairs)


def _sale_line(line: BasketLine, quoted: QuotedLine, item: Item) -> SaleLine:
    must(line.line == quoted.line, "quote_follows_basket", line=line.line)
    return SaleLine(
        line=line.line,
        item=line.item,
        name=item.name,
        department=item.department,
        unit=item.unit,
        quantity=line.quantity,
        gross_minor=quoted.gross_minor,
        net_minor=quoted.net_minor,
        tax=quoted.tax,
        tax_minor=quoted.tax_minor,
        code=line.code,
        adjustments=quoted.adjustments,
        derived_quantity=line.derived_quantity,
        weighing=line.weighing,
        override=line.override,
        price_minor=quoted.price_minor,
        per=quoted.per,
        label_minor=line.label_minor,
        trace=_trace_of(line),
    )


def _trace_of(line: BasketLine) -> Trace | None:
    """What the code of a line told about the goods, if anything."""
    told = Trace(line.lot, line.serial, line.expires_on)
    return None if told == Trace() else told


def _check_size(lines: tuple[SaleLine, ...], quote: Quote) -> None:
    """Refused("basket_full") when the sale would not fit into one event; later is too late."""
    if not fits_frame(_encode((lines, quote.uses)), spare_bytes=SPARE_BYTES):
        raise Refused("basket_full", "the basket is full; close it and begin another")
