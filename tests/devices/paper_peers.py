"""Readers of paper that are not ours: npos and iconv-lite for bytes, ZXing for codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

HERE = Path(__file__).parent
HOME = HERE.parent.parent
PEER = HERE / "escpos_peer"


Found = list[dict[str, Any]]


def read_papers(jobs: Sequence[tuple[bytes, str]]) -> list[Found]:
    """What npos finds in ESC/POS bytes: texts, rows of dots, codes, in order.

    With each job comes the encoding the printer's two-byte characters are in.
    """
    path = f"{HOME / '.venv' / 'bin'}:{os.environ['PATH']}"
    node = shutil.which("node", path=path)
    assert node, "Node reads the receipts back: run .ci/prepare test"
    assert (PEER / "node_modules").is_dir(), "npos is not installed: run .ci/prepare test"
    asked = json.dumps([(b64encode(data).decode(), encoding) for data, encoding in jobs])
    done = subprocess.run(
        [node, str(PEER / "read.js")], input=asked.encode(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[Found] = json.loads(done.stdout)
    return found


def words_of(found: Found) -> list[str]:
    """Every word of the text, in order: how far apart they stand depends on their size."""
    return "".join(part["text"] for part in found if part["what"] == "text").split()


def picture_of(rows: list[str]) -> Image.Image:
    """Rows of 0 and 1 as a black and white picture."""
    picture = Image.new("L", (len(rows[0]), len(rows)), 255)
    picture.putdata([0 if dot == "1" else 255 for row in rows for dot in row])
    return picture


def read_codes(picture: Image.Image) -> set[tuple[str, str]]:
    """(symbology, text) of every code ZXing reads."""
    grey = picture.convert("L")
    framed = Image.new("L", (grey.width + 80, grey.height + 80), 255)
    framed.paste(grey, (40, 40))
    read = zxingcpp.read_barcodes(framed, text_mode=zxingcpp.TextMode.Plain)
    return {(str(code.format).removeprefix("BarcodeFormat."), code.text) for code in read}
