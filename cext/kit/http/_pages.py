"""Built pages served beside the doors, with headers that let a page do only what it must."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from aiohttp import web

from cext.errors import ConfigError, Refused

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Vite puts a hash of the content into the names below assets/, so they never change.
_FOREVER = "public, max-age=31536000, immutable"
PAGES_MAX_BYTES = 16 << 20


def add_pages(app: web.Application, folder: Path) -> None:
    """Serve the built pages in `folder`: index.html at /, others by name, NAME.html at /NAME.

    The files are read once, at start, so that no request waits for the disk. An unbuilt folder
    answers 503 with the cure; ConfigError when the pages are larger than `PAGES_MAX_BYTES`.
    """
    files = _load(folder)

    async def serve(request: web.Request) -> web.Response:
        name = request.match_info.get("name", "") or "index.html"
        if not files:
            raise Refused("pages_not_built", "the pages are not built; run: make pages")
        if name not in files and f"{name}.html" in files:
            name += ".html"
        found = files.get(name)
        if found is None:
            raise Refused("path_unknown", f"nothing is served at {request.path}")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        caching = _FOREVER if name.startswith("assets/") else "no-cache"
        return web.Response(
            body=found, content_type=kind, headers={**_HEADERS, "Cache-Control": caching}
        )

    app.router.add_get("/", serve)
    app.router.add_get("/{name:(?!v1/).+}", serve)


def _load(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if sum(path.stat().st_size for path in paths) > PAGES_MAX_BYTES:
        raise ConfigError((f"{folder}: more than {PAGES_MAX_BYTES} bytes of pages",))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
