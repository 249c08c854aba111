"""What every page needs of its sources: both languages whole, every text readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.devices import KINDS
from edge.devices.unified_pos import ERRORS

WEB = Path(__file__).resolve().parents[2] / "web"
ENTRY = re.compile(r'^\s+"([a-z0-9_.]+)":\s*"(.*)",$', re.MULTILINE)
COLOUR = re.compile(r"--([a-z-]+\d?): (#[0-9a-f]{6});")
CHAPTER = re.MULTILINE | re.DOTALL
PAGES = WEB.parent / "edge" / "api" / "pages"
FIRST_LOAD_MAX_BYTES = 300_000
AA = 4.5
# What a device can be in, rather than what one act is refused for: a person must do something.
STATES_OF_DEVICES = {
    "device_gone",
    "device_slow",
    "device_garbled",
    "device_offline",
    "paper_out",
    "cover_open",
    "printer_error",
    "printer_offline",
    "paper_jam",
    "ribbon_out",
    "printer_paused",
    "label_waiting",
    "job_slow",
}
PLACES = ("counter", "customer", "devices", "manager", "shared")

# Text on its ground, wherever the style sheets put them together.
PAIRS = (
    ("ink", "ground"),
    ("ink", "sheet"),
    ("ink", "fresh"),
    ("quiet", "ground"),
    ("quiet", "sheet"),
    ("quiet", "sunken"),
    ("quiet", "fresh"),
    ("quiet", "brand-soft"),
    ("good", "sheet"),
    ("good", "fresh"),
    ("good", "good-soft"),
    ("warn", "warn-soft"),
    ("bad", "sheet"),
    ("bad", "bad-soft"),
    ("brand", "sheet"),
    ("brand", "brand-soft"),
    ("brand-ink", "brand"),
    ("total-ink", "total-ground"),
)


def texts(language: str) -> dict[str, str]:
    files = sorted((WEB / "shared" / "texts").glob(f"*{language}.ts"))
    return dict(pair for file in files for pair in ENTRY.findall(file.read_text()))


def themes() -> dict[str, dict[str, str]]:
    light, dark = (WEB / "shared" / "tokens.css").read_text().split("@media", 1)
    return {"light": dict(COLOUR.findall(light)), "dark": dict(COLOUR.findall(dark))}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, chinese = texts("en"), texts("zh")

    assert len(english) > 100
    assert english.keys() == chinese.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_text_that_a_source_names_is_in_the_catalogue() -> None:
    known = texts("en").keys()
    named = set()
    for path in (path for place in PLACES for path in WEB.glob(f"{place}/*.ts*")):
        named |= set(re.findall(r'\bt\("([a-z0-9_.]+)"', path.read_text()))

    assert named
    assert named <= known


def test_every_kind_of_device_has_a_name_and_every_trouble_a_cause() -> None:
    known = texts("en").keys()

    assert {f"kind.{kind}" for kind in KINDS} <= known
    assert [code for code in ERRORS if not {f"trouble.{code}", f"refused.{code}"} & known] == []
    cured = {key.removeprefix("cure.") for key in known if key.startswith("cure.")}
    assert cured >= STATES_OF_DEVICES


def test_every_refusal_of_the_box_is_said_in_the_user_s_language() -> None:
    known = texts("en").keys()
    documented = set()
    for place in ("sales", "prints", "devices"):
        readme = (WEB.parent / "edge" / place / "README.md").read_text()
        for table in re.findall(r"^## (?:Refusals|Error codes)\n(.*?)(?=^## |\Z)", readme, CHAPTER):
            for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
                documented |= set(re.findall(r"`([a-z_]+)`", cell))

    assert len(documented) > 50
    unsaid = [code for code in documented if not {f"trouble.{code}", f"refused.{code}"} & known]
    assert sorted(unsaid) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(theme: str) -> None:
    colours = themes()[theme]

    weak = {
        pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2)
        for pair in PAIRS
        if contrast(colours[pair[0]], colours[pair[1]]) < AA
    }

    assert weak == {}


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text()


@pytest.mark.parametrize("name", ["index", "customer", "devices"])
def test_the_first_load_of_a_page_of_the_box_is_small_and_inlines_nothing(name: str) -> None:
    page = (PAGES / f"{name}.html").read_text()
    asked = re.findall(r'(?:src|href)="/(assets/[^"]+)"', page)

    assert asked
    assert sum((PAGES / path).stat().st_size for path in asked) <= FIRST_LOAD_MAX_BYTES
    assert re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", page) is None
