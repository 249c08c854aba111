"""The words of the papers that are no receipts: day reports, pick slips, setup pages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from edge.sales.texts import Language

# Steps are parted by "|".
PAPER_TEXTS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "x_report": "X REPORT",
            "x_note": "Day so far; closes nothing",
            "z_report": "Z REPORT",
            "number": "Number",
            "business_day": "Business day",
            "printed": "Printed",
            "sales": "Sales",
            "refunds": "Refunds",
            "gross": "Before discounts",
            "discount_total": "Discounts",
            "takings": "TAKINGS",
            "by_tender": "TAKEN BY",
            "paid_back_by": "paid back",
            "taxes": "TAX",
            "tax_of": "{rate} on {net}",
            "numbers": "RECEIPTS",
            "cash_expected": "Cash expected",
            "cash_note": "more than the opening float",
            "nothing_sold": "Nothing sold yet",
            "calibration": "SCANNER SETUP",
            "calibration_steps": (
                "1  Plug the scanner in.|"
                "2  Scan the bars below once, with the scanner turned so that its "
                "line crosses them all.|"
                "3  Its keyboard layout and settings are found from this one scan."
            ),
            "calibration_again": "Not read? Hold the scanner farther away, or scan a second time.",
            "pairing": "PAIR A DEVICE",
            "pairing_steps": (
                "1  Join the shop's own network.|"
                "2  Point the camera at the code, or type the address."
            ),
            "pairing_address": "Address",
            "pick_slip": "PICK SLIP",
            "order": "Order",
            "pick_for": "For",
            "pick_by": "Ready by",
            "pick_where": "At",
            "pick_note": "Note",
            "picked_by": "Picked by",
            "pick_lines": "Lines",
        },
        "zh": {
            "x_report": "X 报表",
            "x_note": "当日至今，不结账",
            "z_report": "Z 报表",
            "number": "编号",
            "business_day": "营业日",
            "printed": "打印时间",
            "sales": "销售",
            "refunds": "退货",
            "gross": "折前金额",
            "discount_total": "优惠",
            "takings": "实收",
            "by_tender": "按支付方式",
            "paid_back_by": "退款",
            "taxes": "税额",
            "tax_of": "{rate}，税前 {net}",
            "numbers": "单据",
            "cash_expected": "应有现金",
            "cash_note": "不含开箱备用金",
            "nothing_sold": "今日尚无销售",
            "calibration": "扫码枪设置",
            "calibration_steps": (
                "1  接好扫码枪。|"
                "2  转动扫码枪，让光线横穿下方全部条纹，扫一次。|"
                "3  只需这一次扫描，即可识别键盘布局和设置。"
            ),
            "calibration_again": "没有读出？离远一些，或再扫一次。",
            "pairing": "连接设备",
            "pairing_steps": ("1  连接本店的网络。|2  用相机对准二维码，或输入网址。"),
            "pairing_address": "网址",
            "pick_slip": "拣货单",
            "order": "订单",
            "pick_for": "顾客",
            "pick_by": "最晚",
            "pick_where": "货位",
            "pick_note": "备注",
            "picked_by": "拣货人",
            "pick_lines": "行数",
        },
        "he": {
            "x_report": "דוח X",
            "x_note": "היום עד כה, ללא סגירה",
            "z_report": "דוח Z",
            "number": "מספר",
            "business_day": "יום עסקים",
            "printed": "הודפס",
            "sales": "מכירות",
            "refunds": "זיכויים",
            "gross": "לפני הנחות",
            "discount_total": "הנחות",
            "takings": 'סה"כ פדיון',
            "by_tender": "לפי אמצעי תשלום",
            "paid_back_by": "הוחזר",
            "taxes": 'מע"מ',
            "tax_of": "{rate} על {net}",
            "numbers": "קבלות",
            "cash_expected": "מזומן צפוי",
            "cash_note": "מעבר לקופה בפתיחה",
            "nothing_sold": "אין מכירות עדיין",
            "calibration": "הגדרת סורק",
            "calibration_steps": (
                "1. חברו את הסורק.|"
                "2. סרקו פעם אחת את הפסים, כשקו הסורק חוצה את כולם.|"
                "3. מסריקה אחת זו נמצאות פריסת המקשים וההגדרות."
            ),
            "calibration_again": "לא נקרא? התרחקו מעט, או סרקו שוב.",
            "pairing": "חיבור מכשיר",
            "pairing_steps": (
                "1. התחברו לרשת של החנות.|2. כוונו את המצלמה אל הקוד, או הקלידו את הכתובת."
            ),
            "pairing_address": "כתובת",
            "pick_slip": "דף ליקוט",
            "order": "הזמנה",
            "pick_for": "עבור",
            "pick_by": "מוכן עד",
            "pick_where": "מיקום",
            "pick_note": "הערה",
            "picked_by": "לוקט על ידי",
            "pick_lines": "מספר שורות",
        },
    }
)
