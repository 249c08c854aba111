"""The sums, compiled: rounding, codes, pricing, ledger. This is the only door."""

from cext.engine.book import decode_book, encode_book, find_problems, pack_book
from cext.engine.codes.codes import Codes
from cext.engine.codes.digits import check_digit, is_gtin, price_verifier, to_gtin, with_check_digit
from cext.engine.codes.labels import derive_range, make_code
from cext.engine.codes.tables import clashes
from cext.engine.ledger.costing import worth
from cext.engine.ledger.ledger import Ledger
from cext.engine.ledger.lots import check_sale, count_lot, list_lots, pick_lots, split_sale
from cext.engine.pricing.batch import Batch
from cext.engine.pricing.packing import pack_baskets
from cext.engine.pricing.priced import Priced
from cext.engine.pricing.pricing import COUPONS_MAX_N, PIECES_MAX_N, WORK_MAX_N, Pricer
from cext.engine.proof import (
    PriceProof,
    code_number,
    decode_proof,
    encode_proof,
    encode_quote,
    make_proof,
    proof_code,
    read_code,
    replay,
)
from cext.engine.refunds import Back, LineBack, Refunds, Sold, sold_of
from cext.engine.rounding import round_half_up, share_fairly

__all__ = [
    "COUPONS_MAX_N",
    "PIECES_MAX_N",
    "WORK_MAX_N",
    "Back",
    "Batch",
    "Codes",
    "Ledger",
    "LineBack",
    "PriceProof",
    "Priced",
    "Pricer",
    "Refunds",
    "Sold",
    "check_digit",
    "check_sale",
    "clashes",
    "code_number",
    "count_lot",
    "decode_book",
    "decode_proof",
    "derive_range",
    "encode_book",
    "encode_proof",
    "encode_quote",
    "find_problems",
    "is_gtin",
    "list_lots",
    "make_code",
    "make_proof",
    "pack_baskets",
    "pack_book",
    "pick_lots",
    "price_verifier",
    "proof_code",
    "read_code",
    "replay",
    "round_half_up",
    "share_fairly",
    "sold_of",
    "split_sale",
    "to_gtin",
    "with_check_digit",
    "worth",
]
