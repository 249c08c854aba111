"""From a printer that announces itself to the table it would have in the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from edge.announce.search import Neighbour

RAW_PORT = 9100  # what a printer that takes bytes over TCP listens at; only _pdl-datastream tells
# Words of makers and command sets, as printers write them into `usb_CMD`, `product` and `ty`.
_SIGNS = (
    ("zpl_label_printer", re.compile(r"\b(zpl|zebra|zdesigner)", re.IGNORECASE)),
    ("tspl_label_printer", re.compile(r"\b(tspl|tsc\b|gprinter.*label)", re.IGNORECASE)),
    ("star_tcp_printer", re.compile(r"\bstar\b.*\b(tsp|mc-print|fvp)", re.IGNORECASE)),
    (
        "escpos_tcp_printer",
        re.compile(
            r"esc/?pos|\b(epson.*tm-|tm-[tmulp]\d|xprinter|gprinter|sunmi|rongta|bixolon.*srp"
            r"|citizen.*ct-|receipt|thermal|pos-?(58|80))",
            re.IGNORECASE,
        ),
    ),
)
_OFFICE = re.compile(r"postscript|vnd\.hp-PCL|vnd\.cups|application/pdf|pwg-raster", re.IGNORECASE)


class Printer(NamedTuple):
    """One printer by its address, from all services it announced. `kind` is "" when unsure."""

    address: str
    port: int
    name: str
    says: str
    kind: str
    is_office: bool


def list_printers(found: Iterable[Neighbour]) -> tuple[Printer, ...]:
    """One row for each address, however many services it announces."""
    by_address: dict[str, list[Neighbour]] = {}
    for one in found:
        if one.what == "printer":
            by_address.setdefault(one.address, []).append(one)
    return tuple(_merge(address, ones) for address, ones in sorted(by_address.items()))


def _merge(address: str, ones: list[Neighbour]) -> Printer:
    raw = [one for one in ones if one.service == "_pdl-datastream"]
    signs = [
        one.facts.get(key, "")
        for one in ones
        for key in ("usb_CMD", "product", "ty", "usb_MFG", "usb_MDL")
    ]
    told = " ".join([*signs, *(one.name for one in ones)])
    kind = next((kind for kind, sign in _SIGNS if sign.search(told)), "")
    said = next(
        (one.facts[key] for key in ("ty", "product") for one in ones if key in one.facts), ""
    )
    return Printer(
        address=address,
        port=raw[0].port if raw else RAW_PORT,
        name=ones[0].name,
        says=said.strip("()"),
        kind=kind,
        is_office=not kind and any(_OFFICE.search(one.facts.get("pdl", "")) for one in ones),
    )


def to_toml(printers: Iterable[Printer]) -> str:
    """A table for each printer, to be copied into the settings; doubts stand in comments.

    The printers' own words come only into comments and were cleaned by the search.
    """
    tables = []
    for number, printer in enumerate(printers, 1):
        says = f", {printer.says}" if printer.says and printer.says != printer.name else ""
        lines = [f"# {printer.name}{says}"]
        if printer.is_office:
            lines.append("# A printer for pages: it takes no receipts and no labels.")
        else:
            kind = printer.kind or "escpos_tcp_printer"
            if not printer.kind:
                lines.append("# It does not say what it speaks: the kind is a guess.")
            if kind == "star_tcp_printer":
                place = f"{printer.address}:{printer.port}"
                lines += [
                    "# A Star may be set to ESC/POS: what it speaks is told by",
                    f"# store-edge printer find --host {place}",
                ]
            lines += [
                "# Give it a fixed address in the router, or this one will change.",
                f"[devices.{_table_name(kind, number)}]",
                f'kind = "{kind}"',
                f'host = "{printer.address}"',
                f"port = {printer.port}",
            ]
        tables.append("\n".join(lines) + "\n")
    return "\n".join(tables)


def _table_name(kind: str, number: int) -> str:
    return f"labels{number}" if "label" in kind else f"printer{number}"
