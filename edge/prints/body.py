"""What a job puts out, as bytes that can be kept: a layout, labels, or bytes of a printer."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from msgspec import Struct

from cext.errors import StorageError
from edge.devices.labels import Label
from edge.devices.paper import Cut, Document, Part, Text

Labels = tuple[Label, ...]
Body = Document | Labels | bytes
"""`bytes` are for the one printer they were made for: they go to no other."""

MARKS = {
    "en": {"copy": "COPY", "for_lane": "FOR LANE {lane}", "for_printer": "FOR PRINTER {printer}"},
    "he": {
        "copy": "העתק",
        "for_lane": "עבור קופה {lane}",
        "for_printer": "עבור מדפסת {printer}",
    },
    "zh": {
        "copy": "副本",
        "for_lane": "款台 {lane} 的单据",
        "for_printer": "打印机 {printer} 的单据",
    },
}
_PARTS: dict[str, type[Struct]] = {part.__name__: part for part in get_args(Part)}
_encode = msgspec.msgpack.Encoder().encode


def encode_body(body: Body) -> bytes:
    """The bytes that are kept."""
    if isinstance(body, bytes):
        return _encode(["bytes", body])
    if isinstance(body, Document):
        facts = msgspec.structs.asdict(body)
        facts["parts"] = [[type(one).__name__, msgspec.structs.asdict(one)] for one in body.parts]
        return _encode(["document", facts])
    return _encode(["labels", body])


def decode_body(raw: bytes) -> Body:
    """What `encode_body` kept; StorageError prints_failed when it is not that."""
    try:
        match msgspec.msgpack.decode(raw):
            case ["bytes", bytes(data)]:
                return data
            case ["document", dict(facts)]:
                parts = tuple(_part(name, fields) for name, fields in facts.pop("parts"))
                return Document(**facts, parts=parts)
            case ["labels", labels]:
                return msgspec.convert(labels, tuple[Label, ...])
            case other:
                problem = f"an unknown form: {type(other).__name__}"
    except (msgspec.MsgspecError, KeyError, ValueError, TypeError) as exc:
        problem = str(exc)
    raise StorageError("prints_failed", f"a paper in the print journal cannot be read: {problem}")


def _part(name: str, fields: dict[str, Any]) -> Any:
    return msgspec.convert(fields, _PARTS[name])


def mark(document: Document, words: tuple[str, ...]) -> Document:
    """The paper with each of `words` large on top."""
    return msgspec.structs.replace(document, parts=(*_large(words), *document.parts))


def slip(words: tuple[str, ...], width_n: int) -> Document:
    """A strip that says only `words`, for what cannot be marked itself."""
    return Document(width_n, (*_large(words), Cut()))


def _large(words: tuple[str, ...]) -> tuple[Text, ...]:
    return tuple(Text(word, bold=True, size=2, align="center") for word in words)
