"""Doors: what a route table promises, over a real socket."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import structlog.testing
from aiohttp import ClientSession, web
from msgspec import Meta, Struct

from cext.errors import Broken, Refused, StorageError
from cext.kit.http import Call, Route, StoredReply, add_pages, build_app
from cext.kit.tokens import Tokens


class Ask(Struct, frozen=True, forbid_unknown_fields=True):
    count_n: Annotated[int, Meta(ge=1)]


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=10)] = 5


class Bug(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["broken", "other"]


class Answer(Struct, frozen=True):
    count_n: int
    calls_n: int


class Door:
    """A door with one write, one read and one that fails."""

    def __init__(self) -> None:
        self.calls_n = 0
        self.kept: dict[str, StoredReply] = {}

    async def load(self, key: str) -> StoredReply | None:
        return self.kept.get(key)

    async def save(self, key: str, reply: StoredReply) -> None:
        self.kept[key] = reply

    async def on_ask(self, call: Call[Ask, Any]) -> Answer:
        self.calls_n += 1
        if call.body.count_n == 13:
            raise Refused("count_unlucky", "choose another number", count_n=13)
        return Answer(call.body.count_n, self.calls_n)

    async def on_list(self, call: Call[Any, Page]) -> Answer:
        return Answer(call.query.limit, self.calls_n)

    async def on_break(self, _call: Call[Any, Any]) -> Answer:
        raise StorageError("disk_full", "no space left")

    async def on_bug(self, call: Call[Any, Bug]) -> Answer:
        if call.query.kind == "broken":
            raise Broken("secret_invariant", "a secret of the house")
        raise KeyError("a secret of the house")

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", "/v1/asks/{ask}", self.on_ask, summary="Ask", reply=Answer,
                  scope="sell", body=Ask, max_bytes=100),
            Route("GET", "/v1/asks", self.on_list, summary="List", reply=Answer, scope=None,
                  query=Page),
            Route("GET", "/v1/broken", self.on_break, summary="Fail", reply=Answer, scope=None),
            Route("GET", "/v1/bug", self.on_bug, summary="Bug", reply=Answer, scope=None,
                  query=Bug),
        )  # fmt: skip


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[ClientSession, Tokens]]:
    tokens = Tokens(folder / "tokens.json", scopes=("read", "sell"))
    door = Door()
    app = build_app(door.routes(), title="Door", version="1", tokens=tokens, replies=door)
    await asyncio.to_thread(add_pages, app, folder / "pages")
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with ClientSession(f"http://{host}:{port}") as client:
            yield client, tokens
    finally:
        await runner.cleanup()


async def till(tokens: Tokens) -> str:
    return await asyncio.to_thread(tokens.create, "till", ("sell",))


def bearer(text: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}", **more}


async def test_given_no_wrong_or_weak_token_then_each_is_told_apart(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, tokens):
        weak = await asyncio.to_thread(tokens.create, "weak", ("read",))
        codes = []
        for headers in ({}, bearer("nonsense"), bearer(weak)):
            answer = await client.post("/v1/asks/1", json={"count_n": 1}, headers=headers)
            codes.append((answer.status, (await answer.json())["code"]))
    assert codes == [(401, "token_missing"), (401, "token_wrong"), (403, "scope_missing")]


async def test_given_the_same_key_then_the_act_happens_once(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, tokens):
        headers = bearer(await till(tokens), **{"Idempotency-Key": "k1"})
        first = await client.post("/v1/asks/1", json={"count_n": 3}, headers=headers)
        again = await client.post("/v1/asks/1", json={"count_n": 3}, headers=headers)
        other = await client.post("/v1/asks/1", json={"count_n": 4}, headers=headers)
        bodies = (await first.json(), await again.json())
    assert bodies == ({"count_n": 3, "calls_n": 1},) * 2
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status == 409


async def test_given_the_same_key_at_the_same_time_then_the_act_still_happens_once(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as (client, tokens):
        headers = bearer(await till(tokens), **{"Idempotency-Key": "k1"})

        async def ask() -> dict[str, int]:
            answer = await client.post("/v1/asks/1", json={"count_n": 3}, headers=headers)
            found: dict[str, int] = await answer.json()
            return found

        bodies = await asyncio.gather(*(ask() for _ in range(8)))
    assert bodies == [{"count_n": 3, "calls_n": 1}] * 8


async def test_given_a_refusal_then_its_facts_come_as_a_problem_and_are_repeated(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as (client, tokens):
        headers = bearer(await till(tokens), **{"Idempotency-Key": "k1"})
        answers = [
            await client.post("/v1/asks/1", json={"count_n": 13}, headers=headers) for _ in range(2)
        ]
        problems = [await answer.json(content_type=None) for answer in answers]
    assert [answer.status for answer in answers] == [422, 422]
    assert answers[0].content_type == "application/problem+json"
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "count_unlucky"
    assert problems[0]["count_n"] == 13


async def test_given_bad_input_then_the_problem_names_field_and_bound(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, tokens):
        headers = bearer(await till(tokens))
        details = []
        for send in ({"json": {"count_n": 0}}, {"json": {"cuont_n": 1}}, {"data": b"{"}):
            answer = await client.post("/v1/asks/1", headers=headers, **send)
            details.append((answer.status, (await answer.json(content_type=None))["detail"]))
        big = await client.post("/v1/asks/1", headers=headers, data=b"x" * 101)
        over = await client.get("/v1/asks", params={"limit": "11"})
        unknown = await client.get("/v1/asks", params={"size": "1"})
        texts = [(await answer.json(content_type=None))["detail"] for answer in (over, unknown)]
    assert [status for status, _ in details] == [422, 422, 422]
    assert "count_n" in details[0][1]
    assert "cuont_n" in details[1][1] or "count_n" in details[1][1]
    assert "not JSON" in details[2][1]
    assert big.status == 413
    assert "<= 10" in texts[0]
    assert "known: limit" in texts[1]


async def test_given_a_broken_disk_then_503_and_not_a_lie(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _tokens):
        answer = await client.get("/v1/broken")
        problem = await answer.json(content_type=None)
    assert (answer.status, problem["code"]) == (503, "disk_full")


async def test_given_the_routes_then_openapi_describes_each(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _tokens):
        document = await (await client.get("/v1/openapi.json")).json()
    ask = document["paths"]["/v1/asks/{ask}"]["post"]
    assert document["openapi"] == "3.1.0"
    assert ask["security"] == [{"token": ["sell"]}]
    assert ask["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Ask")
    limit = document["paths"]["/v1/asks"]["get"]["parameters"][0]
    assert (limit["name"], limit["schema"]["maximum"]) == ("limit", 10)


async def test_given_built_pages_then_they_come_with_strict_headers(tmp_path: Path) -> None:
    (tmp_path / "pages/assets").mkdir(parents=True)
    (tmp_path / "pages/index.html").write_text("<p>hello</p>")
    (tmp_path / "pages/assets/app-1a.js").write_text("1")
    async with serving(tmp_path) as (client, _tokens):
        page = await client.get("/")
        script = await client.get("/assets/app-1a.js")
        outside = await client.get("/..%2ftokens.json")
        gone = await client.get("/assets/none.js")
        body = await page.text()
    assert (page.status, page.content_type, body) == (200, "text/html", "<p>hello</p>")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert script.content_type == "text/javascript"
    assert "immutable" in script.headers["Cache-Control"]
    assert (outside.status, gone.status) == (404, 404)


async def test_given_several_pages_then_each_has_its_name_as_its_path(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/index.html").write_text("<p>counter</p>")
    (tmp_path / "pages/devices.html").write_text("<p>devices</p>")
    async with serving(tmp_path) as (client, _tokens):
        named = await client.get("/devices")
        assert (named.content_type, await named.text()) == ("text/html", "<p>devices</p>")
        assert (await client.get("/others")).status == 404


async def test_given_unbuilt_pages_then_the_cure_is_named(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _tokens):
        answer = await client.get("/")
        problem = await answer.json(content_type=None)
    assert (answer.status, problem["code"]) == (503, "pages_not_built")
    assert "make pages" in problem["detail"]


HEAD = b"Host: x\r\nConnection: close\r\n"


def written(body: bytes, *headers: bytes) -> bytes:
    """The bytes of a POST; TOKEN stands for a token that may sell."""
    lines = [b"POST /v1/asks/1 HTTP/1.1", b"Authorization: Bearer TOKEN", *headers]
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join(lines) + b"\r\n" + length + b"\r\n" + HEAD + b"\r\n" + body


HOSTILE: dict[str, tuple[bytes, int, str]] = {
    "token": (
        b"POST /v1/asks/1 HTTP/1.1\r\nAuthorization: Bearer \xff\xfe\r\n" + HEAD + b"\r\n",
        401,
        "token_wrong",
    ),
    "path": (b"GET /v1/%ff HTTP/1.1\r\n" + HEAD + b"\r\n", 404, "path_unknown"),
    "query": (b"GET /v1/asks?limit=%ff HTTP/1.1\r\n" + HEAD + b"\r\n", 422, "query_invalid"),
    "options": (b"OPTIONS /v1/asks HTTP/1.1\r\n" + HEAD + b"\r\n", 405, "method_not_allowed"),
    "no_gzip": (written(b"not gzip", b"Content-Encoding: gzip"), 422, "body_garbled"),
    "gzip_bomb": (
        written(gzip.compress(bytes(8 << 20)), b"Content-Encoding: gzip"),
        413,
        "body_too_large",
    ),
    "no_utf8": (written(b'{"count_n":1,"\xff":1}'), 422, "body_not_json"),
    "half": (written(b'{"count_n":'), 422, "body_not_json"),
    "key": (written(b'{"count_n":1}', b"Idempotency-Key: \xff"), 422, "idempotency_key_invalid"),
}


async def send(client: ClientSession, request: bytes) -> tuple[bytes, bytes]:
    """(head, body) of the answer to exactly these bytes."""
    address = client._base_url
    assert address is not None
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(request)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("name", HOSTILE)
async def test_given_hostile_bytes_then_the_answer_is_a_problem_document(
    tmp_path: Path, name: str
) -> None:
    request, status, code = HOSTILE[name]
    async with serving(tmp_path) as (client, tokens):
        token = await asyncio.to_thread(tokens.create, "me", ("sell",))
        head, body = await send(client, request.replace(b"TOKEN", token.encode()))
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == code


async def test_given_a_wrong_method_then_the_header_names_the_right_ones(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _), client.put("/v1/asks") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"


async def test_head_is_answered_like_get_without_a_body(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _), client.head("/v1/asks") as response:
        assert (response.status, await response.read()) == (200, b"")


@pytest.mark.parametrize("kind", ["broken", "other"])
async def test_given_a_bug_then_the_caller_learns_only_that_it_failed(
    tmp_path: Path, kind: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with serving(tmp_path) as (client, _), client.get(f"/v1/bug?kind={kind}") as response:
            text = await response.text()
    assert response.status == 500
    assert json.loads(text)["code"] == "internal_error"
    assert "secret" not in text
    assert "Traceback" not in text
    assert [entry["event"] for entry in logs] == ["request_failed"]


@pytest.mark.parametrize("path", ["/v1/asks", "/v1/nothing", "/v1/bug?kind=other", "/v1/broken"])
async def test_every_answer_says_what_must_not_be_done_with_it(tmp_path: Path, path: str) -> None:
    async with serving(tmp_path) as (client, _), client.get(path) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["Server"] == "storeline"


async def test_given_no_http_at_all_then_nothing_of_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as (client, _):
        head, _ = await send(client, b"GET / HTTP/1.1\r\nX: " + b"secret" * 5000 + b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 400")
    assert "secret" not in caplog.text
