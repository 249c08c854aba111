"""Price proofs: what a quote was made of, so that anybody can make it again, to the bit.

A proof holds the inputs (the hash of the price book, the moment, basket and rights) and a digest of
the quote. Its short code stands on the receipt and finds it.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from cext.engine.pricing.pricing import Pricer
from cext.errors import Refused
from cext.lang.basket import Basket
from cext.lang.quote import Quote
from cext.lang.rights import Rights

PROOF_VERSION = 1
PROOF_MAX_BYTES = 1 << 20
# Crockford's base 32: no I, L, O or U, so that a code survives being read aloud.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
CODE_DIGITS_N = 10  # 50 bits: among a million receipts of a store one chance in two billion


class PriceProof(Struct, frozen=True, kw_only=True, array_like=True):
    """`quote_digest` is BLAKE2b-128 of the quote's bytes; `book_hash` SHA-256 of the book, hex."""

    version: int
    book_hash: str
    at_ms: int
    basket: Basket
    rights: Rights
    quote_digest: bytes


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(PriceProof).decode


def encode_quote(quote: Quote) -> bytes:
    """The bytes of a quote: equal quotes, equal bytes, on the box and at the hub."""
    return _encode(quote)


def make_proof(
    quote: Quote, *, book_hash: str, at_ms: int, basket: Basket, rights: Rights
) -> PriceProof:
    """The proof of `quote`, which was made of the rest."""
    return PriceProof(
        version=PROOF_VERSION,
        book_hash=book_hash,
        at_ms=at_ms,
        basket=basket,
        rights=rights,
        quote_digest=_digest(encode_quote(quote), 16),
    )


def encode_proof(proof: PriceProof) -> bytes:
    """The bytes of a proof."""
    return _encode(proof)


def decode_proof(data: bytes) -> PriceProof:
    """The proof in `data`; Refused: "proof_too_large", "proof_unreadable", "proof_newer"."""
    if len(data) > PROOF_MAX_BYTES:
        raise Refused("proof_too_large", f"a price proof has at most {PROOF_MAX_BYTES} bytes")
    try:
        proof = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise Refused("proof_unreadable", f"this is no price proof: {exc}") from exc
    if proof.version != PROOF_VERSION:
        raise Refused("proof_newer", f"version {proof.version}; this is {PROOF_VERSION}")
    return proof


def proof_code(proof: PriceProof) -> str:
    """The short code on the receipt: ten digits in two groups, the same for the same proof."""
    number = int.from_bytes(_digest(encode_proof(proof), 8), "big")
    digits = "".join(_DIGITS[number >> 5 * place & 31] for place in range(CODE_DIGITS_N))
    return f"{digits[:5]}-{digits[5:]}"


def read_code(text: str) -> str:
    """A short code as typed by a person, in its one form; Refused("proof_code_invalid")."""
    digits = text.upper().translate(_READ_AS)
    if len(digits) != CODE_DIGITS_N or any(digit not in _DIGITS for digit in digits):
        raise Refused(
            "proof_code_invalid",
            f"a code has {CODE_DIGITS_N} letters and digits, as on the receipt: K7QF2-M8XR0",
        )
    return f"{digits[:5]}-{digits[5:]}"


def code_number(code: str) -> int:
    """The 50 bits of a short code in its one form, for indexes; never 0."""
    digits = code.replace("-", "")
    return sum(_DIGITS.index(digit) << 5 * place for place, digit in enumerate(digits)) + 1


def replay(proof: PriceProof, pricer: Pricer, *, book_hash: str) -> Quote:
    """The quote made again.

    Refused: "proof_other_book" when `pricer` prices by another book than the proof names,
    "proof_differs" when the quote is not what was proved.
    """
    if proof.book_hash != book_hash:
        raise Refused(
            "proof_other_book",
            f"proved with book {proof.book_hash[:12]}, this is {book_hash[:12]}",
            book_hash=proof.book_hash,
        )
    quote = pricer.quote(proof.basket, proof.at_ms, proof.rights)
    if _digest(encode_quote(quote), 16) != proof.quote_digest:
        raise Refused(
            "proof_differs", "the same inputs make another price now", proof=proof_code(proof)
        )
    return quote


def _digest(data: bytes, size_bytes: int) -> bytes:
    return hashlib.blake2b(data, digest_size=size_bytes).digest()
