"""What a printer prints on, and the bytes of a document for it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from edge.devices.paper.document import Document
from edge.devices.paper.escpos import render_escpos
from edge.devices.paper.profiles import Encoding
from edge.devices.paper.star import render_star

Language = Literal["escpos", "star"]


class Roll(Struct, frozen=True):
    """What a printer prints on: columns, the name `find_profile` knows, and its encoding.

    `render_job` makes the bytes for it, in its `language`.
    """

    width_n: int
    profile: str
    encoding: Encoding = "profile"
    language: Language = "escpos"


def render_job(document: Document, roll: Roll) -> bytes:
    """Give the bytes that print `document` on `roll`; raises what the renderers do.

    Call it in a thread: a new drawn line takes up to 5 ms.
    """
    if roll.language == "star":
        return render_star(document)
    return render_escpos(document, roll.profile, roll.encoding)
