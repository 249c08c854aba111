"""The settings of the hub: one TOML file, read once, handed down in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct, field

from cext.errors import ConfigError
from cext.kit.clock import ClockSettings
from cext.kit.log import LogSettings
from cext.kit.settings import load_settings
from hub.store import StoreUrl

Host = Annotated[str, Meta(min_length=1, max_length=253)]


class ApiSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the doors listen. Port 0 takes any free port and logs it."""

    host: Host = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8710


class BrokerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The MQTT broker the stores meet the hub at; the hub is a client of it.

    Empty file names mean those that `store-hub broker` writes below `state_dir`. `listen` and
    `names` are for that broker of our own: where it listens, and under which further names its
    certificate shall hold, such as the one the stores know it by.
    """

    enabled: bool = True
    host: Host = "127.0.0.1"
    listen: Host = "127.0.0.1"
    names: tuple[Host, ...] = ()
    port: Annotated[int, Meta(ge=1, le=65_535)] = 8883
    ca_file: str = ""
    username: Annotated[str, Meta(min_length=1, max_length=64)] = "hub"
    password_file: str = ""


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where events and projections are kept; an empty address is hub.db in `state_dir`."""

    url: Annotated[str, Meta(max_length=1_000)] = ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything the hub is told."""

    state_dir: Annotated[str, Meta(min_length=1, max_length=1_000)]
    log: LogSettings = field(default_factory=LogSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    clock: ClockSettings = field(default_factory=ClockSettings)

    @property
    def broker_dir(self) -> Path:
        """Where the broker of our own keeps its certificates and accounts."""
        return Path(self.state_dir) / "broker"

    @property
    def broker_ca_file(self) -> str:
        """The CA the hub trusts at the broker."""
        return self.broker.ca_file or str(self.broker_dir / "ca.pem")

    @property
    def broker_password_file(self) -> str:
        """The hub's password at the broker."""
        own = self.broker_dir / "accounts" / f"{self.broker.username}.password"
        return self.broker.password_file or str(own)

    @property
    def store_url(self) -> StoreUrl:
        """The address of the database; ConfigError when it is none."""
        return StoreUrl.of(self.database.url, state_dir=Path(self.state_dir))


def load_hub_settings(path: Path) -> Settings:
    """Read and check `path`; ConfigError lists every problem, also those between keys."""
    settings = load_settings(path, Settings)
    try:
        _ = settings.store_url
    except ConfigError as exc:
        raise ConfigError(exc.problems, path=str(path)) from exc
    return settings
