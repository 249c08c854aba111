"""Shelf labels: described once, rendered for two printer languages and as a picture.

Each rendering takes 5 to 150 ms, most of it for fonts of a new size: call it in a thread.
"""

from __future__ import annotations

from edge.devices.labels.label import Label, Media


def render_zpl(label: Label, media: Media) -> bytes:
    """Give the ZPL that prints one label; Refused label_too_small."""
    from edge.devices.labels.zpl import render  # noqa: PLC0415 - Pillow costs 10 MB

    return render(label, media)


def render_tspl(label: Label, media: Media) -> bytes:
    """Give the TSPL that prints one label; Refused label_too_small."""
    from edge.devices.labels.tspl import render  # noqa: PLC0415 - Pillow costs 10 MB

    return render(label, media)


def render_png(label: Label, media: Media) -> bytes:
    """Draw one label on its liner as a PNG, one pixel a dot; Refused label_too_small."""
    from edge.devices.labels.picture import draw_png  # noqa: PLC0415 - Pillow costs 10 MB

    return draw_png(label, media)


__all__ = ["Label", "Media", "render_png", "render_tspl", "render_zpl"]
