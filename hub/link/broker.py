"""The broker that comes with the hub: a mosquitto of our own, with its own CA and accounts.

It is a disposable relay (no persistence): losing it loses nothing. Secrets are in files of
mode 0600 only, never on a command line and never in a log.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from cext.errors import ConfigError, LinkDown, Refused
from cext.lang.ids import STORE_PATTERN
from hub.link.certificates import make_certificates

log = structlog.get_logger(__name__)

HUB_ACCOUNT = "hub"
READY_WAIT_S = 10.0
STOP_WAIT_S = 5.0
ACCOUNT_PATTERN = re.compile(r"^[a-z0-9][a-z0-9._-]{0,31}$")
ALSO_IN = "/usr/sbin:/usr/local/sbin"  # where Debian puts daemons, outside a user's PATH

CONFIG = """# Written by store-hub; edits are lost.
user root
listener {port} {host}
certfile {directory}/server.pem
keyfile {directory}/server.key
tls_version tlsv1.2
allow_anonymous false
password_file {directory}/passwords
acl_file {directory}/acl
use_username_as_clientid true
persistence false
set_tcp_nodelay true
max_packet_size 131072
max_queued_messages 10000
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_timestamp false
"""

# A store writes only its own "up" and reads only its own "dn": %u is the account's name.
ACCESS = f"""user {HUB_ACCOUNT}
topic read se1/+/+/up
topic write se1/+/+/dn

pattern write se1/+/%u/up
pattern read se1/+/%u/dn
"""


def prepare_broker(
    directory: Path, *, host: str = "127.0.0.1", port: int = 8883, names: Sequence[str] = ()
) -> Path:
    """Write everything mosquitto needs into `directory`; returns the CA file for the clients.

    `host` is the address to listen on, `names` are further host names or addresses the server
    certificate shall hold beside localhost. Safe to repeat: keys and accounts are kept.
    """
    directory = directory.absolute()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    known = {"localhost", "127.0.0.1", *names}
    if host not in {"", "0.0.0.0", "::"}:  # noqa: S104 - these are the names of "everywhere"
        known.add(host)
    ca_file = make_certificates(directory, names=sorted(known))
    # mosquitto reads `user` only when root starts it: then it stays root and can read its files.
    text = CONFIG.format(port=port, host=host, directory=directory)
    _write(directory / "mosquitto.conf", text)
    _write(directory / "acl", ACCESS)
    if not (directory / "passwords").exists():
        _write(directory / "passwords", "")
    return ca_file


def add_account(directory: Path, name: str) -> Path:
    """Give `name` a new random password; returns the file (mode 0600) that holds it.

    A running broker is told. An account that exists gets a new password. Raises
    Refused("account_misnamed").
    """
    if not ACCOUNT_PATTERN.fullmatch(name):
        raise Refused("account_misnamed", f"{name!r} cannot be the name of an account")
    directory = directory.absolute()
    secret = secrets.token_urlsafe(32)
    accounts = directory / "accounts"
    accounts.mkdir(mode=0o700, exist_ok=True)
    hashed = _hash_account(directory, name, secret)
    kept = [
        line
        for line in (directory / "passwords").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(name + ":")
    ]
    path = accounts / (name + ".password")
    _write(path, secret + "\n")
    _write(directory / "passwords", "\n".join([*kept, hashed]) + "\n")
    _tell_broker(directory)
    return path


def add_store(directory: Path, store: str) -> Path:
    """`add_account` for a store's id; Refused("store_misnamed") for what cannot be one."""
    if not re.fullmatch(STORE_PATTERN, store) or store == HUB_ACCOUNT:
        raise Refused("store_misnamed", f"{store!r} cannot be a store's id")
    return add_account(directory, store)


async def run_broker(directory: Path, works: Callable[[], None] = lambda: None) -> None:
    """Run the prepared broker until cancelled; `works()` is called once it listens.

    The broker dies with this process. LinkDown("broker_ended") when it ends by itself,
    ConfigError when mosquitto is not installed.
    """
    command = await asyncio.to_thread(_command, directory)
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us; we end the child when we are done
    )
    pid_file = directory / "mosquitto.pid"
    await asyncio.to_thread(_write, pid_file, f"{child.pid}\n")
    try:
        await _wait_ready(directory, child)
        log.info("broker_started", pid=child.pid)
        works()
        await _listen(child)
        code = await child.wait()
    finally:
        await _stop(child)
        await asyncio.to_thread(lambda: pid_file.unlink(missing_ok=True))
    raise LinkDown("broker_ended", f"mosquitto ended with code {code}")


def _command(directory: Path) -> list[str]:
    command = [_find("mosquitto"), "-c", str(directory / "mosquitto.conf")]
    keeper = shutil.which("setpriv")
    if keeper:  # the kernel ends the child when we are killed, however that happens
        command = [keeper, "--pdeathsig", "TERM", *command]
    return command


async def _listen(child: asyncio.subprocess.Process) -> None:
    stream = child.stderr
    while stream is not None and (line := await stream.readline()):
        text = line.decode("utf-8", "replace").strip()[:200]
        if "Error" in text:
            log.warning("broker_complained", text=text)
        else:
            log.debug("broker_said", text=text)


async def _wait_ready(directory: Path, child: asyncio.subprocess.Process) -> None:
    text = await asyncio.to_thread((directory / "mosquitto.conf").read_text)
    found = re.search(r"^listener (\d+) (\S+)$", text, re.MULTILINE)
    port, host = (int(found[1]), found[2]) if found else (8883, "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        async with asyncio.timeout(READY_WAIT_S):
            while child.returncode is None:
                # The pipe is read only once we are ready; a refused start ends the child.
                with suppress(OSError):
                    _, writer = await asyncio.open_connection(host, port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)
    except TimeoutError as exc:
        raise LinkDown("broker_silent", "mosquitto does not begin to listen") from exc


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(STOP_WAIT_S):
            await child.wait()
    except TimeoutError:
        child.kill()


def _hash_account(directory: Path, name: str, secret: str) -> str:
    """The line of the password file, hashed by mosquitto's own tool from a file, in place."""
    scratch = directory / f"passwords.{secrets.token_hex(4)}"
    _write(scratch, f"{name}:{secret}\n")
    try:
        subprocess.run(  # noqa: S603 - a fixed program on a file of ours
            [_find("mosquitto_passwd"), "-U", str(scratch)], check=True, capture_output=True
        )
        return scratch.read_text(encoding="utf-8").strip()
    finally:
        scratch.unlink(missing_ok=True)


def _tell_broker(directory: Path) -> None:
    """SIGHUP makes mosquitto read its password and access files again."""
    with suppress(OSError, ValueError):
        pid = int((directory / "mosquitto.pid").read_text(encoding="ascii"))
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        if name == "mosquitto":  # not another process that took over the number
            os.kill(pid, signal.SIGHUP)


def _find(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path=ALSO_IN)
    if path is None:
        raise ConfigError((f"{program} is not installed (apt install mosquitto)",))
    return path


def _write(path: Path, text: str) -> None:
    """Replace `path` at once, readable by us only."""
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
