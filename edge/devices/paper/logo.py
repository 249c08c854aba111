"""A picture from a file as the dots that paper can show: black and white, no wider than that."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def fit_picture(png: bytes, dots: int) -> Image.Image:
    """Give the picture at most `dots` wide; its greys come out as a pattern of dots."""
    with Image.open(BytesIO(png)) as source:
        picture = source.convert("L")
    if picture.width > dots:
        high = max(1, picture.height * dots // picture.width)
        picture = picture.resize((dots, high))
    return picture.convert("1").convert("L")
