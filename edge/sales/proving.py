"""Proof of a price: the short code on a receipt finds the sale, and the sale is priced again."""

from __future__ import annotations

from msgspec import Struct

from cext.engine import encode_quote, make_proof, proof_code, read_code
from cext.errors import Refused, must
from cext.lang.events import SaleClosed, basket_of, decode_body, decode_envelope
from cext.lang.quote import Quote
from edge.books import Books
from edge.journal import Journal
from edge.sales.receipts import Receipts


class Proved(Struct, frozen=True, kw_only=True):
    """A price made again: `same` says whether it is what was sold, to the bit.

    `quote_bytes_n` is how much was compared; `at_ms` the moment the basket was priced.
    """

    code: str
    number: str
    book: str
    book_hash: str
    at_ms: int
    payable_minor: int
    same: bool
    quote_bytes_n: int
    quote: Quote


class Proving:
    """Prices sales again, with the very book, moment and rights they were priced with."""

    def __init__(self, journal: Journal, receipts: Receipts, books: Books) -> None:
        self._journal = journal
        self._receipts = receipts
        self._books = books

    async def prove(self, text: str) -> Proved:
        """The price behind the short code `text`.

        Refused: proof_code_invalid, proof_unknown, book_gone (its price book is no longer kept).
        """
        code = read_code(text)
        seq = self._receipts.seq_of_proof(code)
        events = await self._journal.load(seq, limit_n=1)
        must(events and events[0].seq == seq, "proof_is_in_journal", seq=seq)
        sale = decode_body(decode_envelope(events[0].raw))
        if not isinstance(sale, SaleClosed) or sale.pricing is None:
            raise Refused("proof_unknown", f"no sale has the code {code}", proof=code)
        made_with = sale.pricing
        active = await self._books.load_by_hash(made_with.book_hash)
        basket = basket_of(sale)
        quote = active.pricer.quote(basket, made_with.at_ms, made_with.rights)
        proof = make_proof(
            quote,
            book_hash=active.hash,
            at_ms=made_with.at_ms,
            basket=basket,
            rights=made_with.rights,
        )
        return Proved(
            code=code,
            number=sale.number,
            book=sale.book,
            book_hash=active.hash,
            at_ms=made_with.at_ms,
            payable_minor=quote.payable_minor,
            same=proof_code(proof) == made_with.code,
            quote_bytes_n=len(encode_quote(quote)),
            quote=quote,
        )
