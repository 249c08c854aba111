"""The words on paper, in the languages a store can print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Language = Literal["en", "zh", "he"]
RTL_LANGUAGES: frozenset[Language] = frozenset({"he"})

TEXTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "store": "Store",
            "receipt": "Receipt",
            "refund": "REFUND",
            "refund_of": "Refund of",
            "reason": "Reason",
            "approved_by": "Approved by",
            "lane": "Lane",
            "worker": "Cashier",
            "member": "Member",
            "by_hand": "Price set by hand",
            "off_by_hand": "Discount",
            "weighed": "weighed",
            "subtotal": "Subtotal",
            "discounts": "You saved",
            "rounding": "Rounding",
            "total": "TOTAL",
            "paid_back": "PAID BACK",
            "change": "Change",
            "tax_inside": "incl. tax {rate} on {net}",
            "tax_on_top": "Tax {rate} on {net}",
            "lines": "Lines",
            "late": "Printed late",
            "sold_at": "Time of sale",
            "cash": "Cash",
            "card": "Card",
            "wallet": "Mobile wallet",
            "voucher": "Voucher",
            "stored_value": "Stored value",
            "proof": "Price proof",
            "thanks": "Thank you for your visit!",
        },
        "zh": {
            "store": "门店",
            "receipt": "单号",
            "refund": "退货单",
            "refund_of": "原单号",
            "reason": "原因",
            "approved_by": "授权人",
            "lane": "款台",
            "worker": "收银员",
            "member": "会员",
            "by_hand": "手工改价",
            "off_by_hand": "手工折让",
            "weighed": "称重",
            "subtotal": "小计",
            "discounts": "优惠合计",
            "rounding": "抹零",
            "total": "应付",
            "paid_back": "退款",
            "change": "找零",
            "tax_inside": "含税 {rate}，税前 {net}",
            "tax_on_top": "税 {rate}，税前 {net}",
            "lines": "行数",
            "late": "延迟打印",
            "sold_at": "交易时间",
            "cash": "现金",
            "card": "银行卡",
            "wallet": "移动支付",
            "voucher": "代金券",
            "stored_value": "储值",
            "proof": "价格凭证",
            "thanks": "谢谢惠顾！",
        },
        "he": {
            "store": "סניף",
            "receipt": "קבלה",
            "refund": "זיכוי",
            "refund_of": "זיכוי עבור",
            "reason": "סיבה",
            "approved_by": "אושר על ידי",
            "lane": "קופה",
            "worker": "קופאי/ת",
            "member": "חבר מועדון",
            "by_hand": "מחיר ידני",
            "off_by_hand": "הנחה",
            "weighed": "נשקל",
            "subtotal": "סכום ביניים",
            "discounts": "חסכת",
            "rounding": "עיגול",
            "total": 'סה"כ לתשלום',
            "paid_back": 'סה"כ הוחזר',
            "change": "עודף",
            "tax_inside": 'כולל מע"מ {rate} על {net}',
            "tax_on_top": 'מע"מ {rate} על {net}',
            "lines": "מספר שורות",
            "late": "הודפס באיחור",
            "sold_at": "מועד המכירה",
            "cash": "מזומן",
            "card": "כרטיס אשראי",
            "wallet": "ארנק דיגיטלי",
            "voucher": "שובר",
            "stored_value": "תו קנייה",
            "proof": "הוכחת מחיר",
            "thanks": "תודה ולהתראות!",
        },
    }
)


_UNITS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {"he": {"kg": 'ק"ג', "g": "גרם", "l": "ליטר", "ml": 'מ"ל'}}
)
_UNIT = re.compile(r"\b(kg|g|ml|l)\b")
_PIECES = re.compile(r"^(\d+) x ")


def say_sum(text: str, language: Language) -> str:
    """Put a sum such as "1.386 kg x ₪2.90/kg" in the letters of `language`.

    Hebrew counts pieces by a word, and its sign for times is no Latin letter, so that the whole
    runs from right to left.
    """
    known = _UNITS.get(language)
    if not known:
        return text
    said = _UNIT.sub(lambda found: known[found.group()], text)
    return _PIECES.sub(r"\1 יח' x ", said).replace(" x ", " × ")


def say_rate(rate_ppm: int) -> str:
    """A rate as a person reads it: 88,750 ppm is "8.875%"."""
    whole, rest = divmod(rate_ppm, 10_000)
    return f"{whole}" + (f".{rest:04d}".rstrip("0") if rest else "") + "%"
