"""A box and another machine in two network namespaces: found by multicast, reached by its address.

Needs the right to make namespaces (root, or user namespaces); skipped with the reason elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from edge.config import Settings
from tests.sales.shop import make_settings

WAIT_S = 30
BOX = "10.88.0.2"

# The other machine; the box starts in a namespace of its own once its end of the cable is there.
MACHINES = """
set -e
ip link set lo up
ip link add till type veth peer name box
unshare -n sh -c 'read go; ip link set lo up; ip addr add 10.88.0.2/24 dev box;
    ip link set box up; exec "$0" -m edge run --config "$1"' "$PYTHON" "$CONFIG" <"$GO" >&2 &
child=$!
trap 'kill $child 2>/dev/null; wait $child || true' EXIT
exec 3>"$GO"
until ip link set box netns $child 2>/dev/null && ! ip link show box >/dev/null 2>&1; do
    kill -0 $child
done
ip addr add 10.88.0.1/24 dev till
ip link set till up
echo >&3
exec 3>&-
"$PYTHON" -c "$LOOK"
"""

LOOK = """
import asyncio, json, urllib.request
from edge.announce.search import search
from edge.announce.service import BOX_TYPE

async def look():
    async with asyncio.timeout(20):
        while True:
            found = await search([BOX_TYPE], interfaces=["till"], wait_s=0.5)
            if found:
                return found[0]

box = asyncio.run(look())
url = f"http://{box.address}:{box.port}"
health = json.load(urllib.request.urlopen(url + "/v1/health", timeout=5))
print(json.dumps({"address": box.address, "facts": box.facts, "status": health["status"]}))
"""


def why_not() -> str:
    """The reason why two machines cannot be played here, or nothing."""
    if not (shutil.which("ip") and shutil.which("unshare")):
        return "needs ip (iproute2) and unshare (util-linux)"
    tried = subprocess.run(
        ["unshare", "-Urn", *["ip", "link", "add", "till", "type", "veth", "peer", "name", "box"]],
        capture_output=True,
        timeout=WAIT_S,
    )
    return tried.stderr.decode().strip() if tried.returncode else ""


async def test_another_machine_finds_the_box_and_its_doors(tmp_path: Path) -> None:
    reason = await asyncio.to_thread(why_not)
    if reason:
        pytest.skip(f"no network namespaces here: {reason}")
    settings = make_settings(tmp_path, api={"host": "0.0.0.0", "port": 8711})
    config, go = tmp_path / "edge.toml", tmp_path / "go"
    config.write_text(as_toml(settings))
    os.mkfifo(go)
    child = await asyncio.create_subprocess_exec(
        *("unshare", "-Urn", "sh", "-c", MACHINES),
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "CONFIG": str(config),
            "GO": str(go),
            "LOOK": LOOK,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(WAIT_S):
            out, err = await child.communicate()
    finally:
        if child.returncode is None:
            os.killpg(child.pid, 9)
    assert child.returncode == 0, err.decode()
    found = msgspec.json.decode(out)
    assert (found["address"], found["status"]) == (BOX, "ok")
    assert found["facts"]["store"] == settings.store
    assert f'"addresses":["{BOX}"]'.encode() in err.replace(b" ", b"")


def as_toml(settings: Settings) -> str:
    """The few keys that this box needs."""
    return "\n".join(
        [
            f'store = "{settings.store}"',
            f'zone = "{settings.zone}"',
            f'currency = "{settings.currency}"',
            f'state_dir = "{settings.state_dir}"',
            f'price_book_file = "{settings.price_book_file}"',
            '[api]\nhost = "0.0.0.0"\nport = 8711',
            '[[lanes]]\nid = "1"',
        ]
    )
