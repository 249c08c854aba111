"""A day report on paper: the X that says how the day goes, the Z that ends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from cext.lang.money import Currency
from cext.lang.when import local_time
from edge.devices.paper import Cut, Document, Feed, Part, Rule, Text
from edge.sales.day import DayReport
from edge.sales.paper_texts import PAPER_TEXTS
from edge.sales.texts import RTL_LANGUAGES, TEXTS, Language, say_rate


class Sheet(Struct, frozen=True, kw_only=True):
    """What the papers of a store have in common."""

    shop_name: str
    zone: str
    language: Language
    width_n: int

    @property
    def texts(self) -> Mapping[str, str]:
        """The words of its language."""
        return {**TEXTS[self.language], **PAPER_TEXTS[self.language]}

    def document(self, parts: Iterator[Part]) -> Document:
        """The paper of these parts."""
        return Document(self.width_n, tuple(parts), rtl=self.language in RTL_LANGUAGES)

    def say_time(self, at_ms: int) -> str:
        """The wall clock of the store."""
        return local_time(at_ms, self.zone).strftime("%Y-%m-%d %H:%M")


def lay_out_day(report: DayReport, sheet: Sheet) -> Document:
    """The paper of `report`: an X, or a Z where it has a number."""
    writer = _Writer(report, sheet)
    return sheet.document(writer.write())


class _Writer:
    def __init__(self, report: DayReport, sheet: Sheet) -> None:
        self._report = report
        self._sheet = sheet
        self._texts = sheet.texts
        self._money = Currency(code=report.currency)

    def write(self) -> Iterator[Part]:
        yield from self._head()
        yield from self._sums()
        yield from self._tenders()
        yield from self._taxes()
        yield from self._numbers()
        yield from self._cash()
        yield Feed()
        yield Cut()

    def _head(self) -> Iterator[Part]:
        report, sheet, texts = self._report, self._sheet, self._texts
        if sheet.shop_name:
            yield Text(sheet.shop_name, bold=True, align="center")
        yield Text(f"{texts['store']} {report.store}", align="center")
        yield Feed()
        kind = "x_report" if report.number is None else "z_report"
        yield Text(texts[kind], bold=True, size=2, align="center")
        if report.number is None:
            yield Text(texts["x_note"], align="center")
        yield Feed()
        if report.number is not None:
            yield Text(texts["number"], str(report.number), bold=True)
        yield Text(texts["business_day"], report.business_day, bold=True)
        yield Text(texts["printed"], sheet.say_time(report.at_ms))

    def _sums(self) -> Iterator[Part]:
        report, texts = self._report, self._texts
        yield Rule()
        if not (report.sales_n or report.refunds_n):
            yield Text(texts["nothing_sold"], align="center")
        if report.discount_minor:
            yield Text(texts["gross"], self._say(report.gross_minor))
            yield Text(texts["discount_total"], self._say(-report.discount_minor))
        if report.rounding_minor:
            yield Text(texts["rounding"], self._say(report.rounding_minor))
        yield Text(f"{texts['sales']} ({report.sales_n})", self._say(report.sales_minor))
        yield Text(f"{texts['refunds']} ({report.refunds_n})", self._say(-report.refunds_minor))
        yield Rule(double=True)
        yield Text(texts["takings"], self._say(report.takings_minor), bold=True, size=2)
        yield Rule(double=True)

    def _tenders(self) -> Iterator[Part]:
        texts = self._texts
        if not self._report.tenders:
            return
        yield Text(texts["by_tender"], bold=True)
        for tender in self._report.tenders:
            yield Text(f"{texts[tender.kind]} ({tender.taken_n})", self._say(tender.taken_minor))
            if tender.back_n:
                back = f"    {texts['paid_back_by']} ({tender.back_n})"
                yield Text(back, self._say(-tender.back_minor))

    def _taxes(self) -> Iterator[Part]:
        found = [tax for tax in self._report.taxes if tax.tax_minor]
        if not found:
            return
        yield Rule()
        yield Text(self._texts["taxes"], bold=True)
        for tax in found:
            rate = tax.tax if tax.rate_ppm is None else say_rate(tax.rate_ppm)
            said = self._texts["tax_of"].format(rate=rate, net=self._say(tax.net_minor))
            yield Text(said, self._say(tax.tax_minor))

    def _numbers(self) -> Iterator[Part]:
        if not self._report.lanes:
            return
        yield Rule()
        yield Text(self._texts["numbers"], bold=True)
        for lane in self._report.lanes:
            yield Text(
                f"{self._texts['lane']} {lane.lane}",
                f"{lane.first} - {lane.last.rpartition('-')[2]}",
            )

    def _cash(self) -> Iterator[Part]:
        yield Rule()
        yield Text(self._texts["cash_expected"], self._say(self._report.cash_minor), bold=True)
        yield Text(self._texts["cash_note"])

    def _say(self, amount_minor: int) -> str:
        return self._money.say(amount_minor)
