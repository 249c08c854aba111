"""The sums, compiled: rounding, codes, pricing, ledger. This is the only door."""

from cext.engine.book import decode_book, encode_book, pack_book
from cext.engine.codes import Codes, check_digit, clashes, is_gtin, make_code, with_check_digit
from cext.engine.ledger import Ledger
from cext.engine.pricing import COUPONS_MAX_N, Pricer
from cext.engine.rounding import round_half_up, share_fairly

__all__ = [
    "COUPONS_MAX_N",
    "Codes",
    "Ledger",
    "Pricer",
    "check_digit",
    "clashes",
    "decode_book",
    "encode_book",
    "is_gtin",
    "make_code",
    "pack_book",
    "round_half_up",
    "share_fairly",
    "with_check_digit",
]
