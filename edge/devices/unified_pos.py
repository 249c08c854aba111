"""The words of UnifiedPOS for what our devices are and what goes wrong with them.

Names and meanings: UnifiedPOS 1.x, chapter "Common Properties, Methods and Events": States,
ErrorCode, PowerState, checkHealth, retrieveStatistics. Extended results are those of the category
(POSPrinter, Scale). LabelPrinter is ours: UnifiedPOS has no category for it.
"""

from __future__ import annotations

from typing import Literal

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, Refused, ShopError

Category = Literal["Scanner", "Scale", "POSPrinter", "LabelPrinter", "LineDisplay"]
UposState = Literal["closed", "idle", "busy", "error"]
Power = Literal["unknown", "online", "off", "offline", "off_offline"]
Level = Literal["internal", "external", "interactive"]

# A kind ends with what it is; the longer ending first.
_CATEGORIES: tuple[tuple[str, Category], ...] = (
    ("label_printer", "LabelPrinter"),
    ("printer", "POSPrinter"),
    ("scanner", "Scanner"),
    ("scale", "Scale"),
    ("display", "LineDisplay"),
)

# Error code of ours -> error of UnifiedPOS, or its extended error where that says more.
ERRORS: dict[str, str] = {
    "device_gone": "E_NOHARDWARE",
    "device_offline": "E_OFFLINE",
    "device_slow": "E_TIMEOUT",
    "device_garbled": "E_FAILURE",
    "device_busy": "E_BUSY",
    "device_unknown": "E_NOEXIST",
    "device_unfit": "E_ILLEGAL",
    "lease_held": "E_CLAIMED",
    "lease_stale": "E_NOTCLAIMED",
    "leases_too_many": "E_ILLEGAL",
    "scale_not_cleared": "E_FAILURE",
    "port_unclear": "E_EXISTS",
    "port_busy": "E_BUSY",
    "port_refused": "E_NOSERVICE",
    "level_unfit": "E_ILLEGAL",
    "flight_off": "E_DISABLED",
    "flight_unread": "E_ILLEGAL",
    "scan_unprintable": "E_FAILURE",
    "scan_too_long": "E_FAILURE",
    "scan_unfinished": "E_FAILURE",
    "scan_keys_lost": "E_FAILURE",
    "scan_report_wrong": "E_FAILURE",
    "scan_layout_changed": "E_FAILURE",
    "scans_lost": "E_FAILURE",
    "paper_out": "EPTR_REC_EMPTY",
    "cover_open": "EPTR_COVER_OPEN",
    "printer_error": "E_FAILURE",
    "printer_offline": "E_OFFLINE",
    "job_slow": "E_TIMEOUT",
    "printer_restarted": "E_FAILURE",
    "drawer_stuck": "E_TIMEOUT",
    "paper_jam": "E_FAILURE",
    "ribbon_out": "E_FAILURE",
    "printer_paused": "E_OFFLINE",
    "label_waiting": "E_BUSY",
    "job_too_large": "E_ILLEGAL",
    "labels_too_many": "E_ILLEGAL",
    "label_code_wrong": "E_ILLEGAL",
    "label_incomplete": "E_ILLEGAL",
    "label_too_small": "E_ILLEGAL",
    "weight_unstable": "E_TIMEOUT",
    "weight_over": "ESCAL_OVERWEIGHT",
    "weight_under": "ESCAL_UNDER_ZERO",
    "scale_empty": "E_FAILURE",
    "zero_refused": "E_FAILURE",
    "tare_refused": "E_FAILURE",
    "calibration_unread": "E_FAILURE",
    "calibration_unheard": "E_TIMEOUT",
    "calibration_busy": "E_BUSY",
    "profile_unknown": "E_ILLEGAL",
    "width_unfit": "E_ILLEGAL",
    "font_missing": "E_FAILURE",
    "shaping_missing": "E_FAILURE",
}

STATISTICS: dict[Category, tuple[str, ...]] = {
    "Scanner": ("GoodScanCount", "RefusedScanCount"),
    "Scale": ("GoodWeightReadCount",),
    "POSPrinter": (
        "ReceiptLinePrintedCount",
        "PaperCutCount",
        "ReceiptCoverOpenCount",
        "PrinterFaultCount",
        "DrawerGoodOpenCount",
        "DrawerFailedOpenCount",
    ),
    "LabelPrinter": ("LabelPrintedCount", "ReceiptCoverOpenCount", "PrinterFaultCount"),
    "LineDisplay": (),
}
COMMON_STATISTICS = ("HoursPoweredCount", "CommunicationErrorCount", "OnlineTransitionCount")
_UNNAMED: tuple[tuple[type[ShopError], str], ...] = (
    (DeviceGone, "E_NOHARDWARE"),
    (DeviceSlow, "E_TIMEOUT"),
    (DeviceGarbled, "E_FAILURE"),
    (Refused, "E_ILLEGAL"),
)


def category_of(kind: str) -> Category:
    """The category of a kind, by how its name ends; ValueError for a name that says none."""
    for ending, category in _CATEGORIES:
        if kind.endswith(ending):
            return category
    raise ValueError(f"a kind ends with what it is: {kind!r} says none")


def statistics_of(category: Category) -> tuple[str, ...]:
    """The names of what is counted for a category, those of all devices first."""
    return COMMON_STATISTICS + STATISTICS[category]


def error_of(error: ShopError) -> str:
    """The UnifiedPOS name of an error, such as E_TIMEOUT or EPTR_COVER_OPEN."""
    if error.code in ERRORS:
        return ERRORS[error.code]
    return next((name for kind, name in _UNNAMED if isinstance(error, kind)), "E_FAILURE")


def error_of_code(code: str) -> str:
    """The UnifiedPOS name of an error code; E_FAILURE for one that is not in the table."""
    return ERRORS.get(code, "E_FAILURE")
