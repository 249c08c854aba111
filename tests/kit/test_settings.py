"""Settings: every problem at once, with its cure."""

from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from cext.errors import ConfigError
from cext.kit.settings import load_settings

Port = Annotated[int, Meta(ge=1, le=65_535)]


class Door(Struct, frozen=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    port: Port = 8710


class Lane(Struct, frozen=True, forbid_unknown_fields=True):
    id: str


class Shop(Struct, frozen=True, forbid_unknown_fields=True):
    store: str
    door: Door = Door()
    lanes: tuple[Lane, ...] = ()


def load(folder: Path, text: str) -> Shop:
    path = folder / "shop.toml"
    path.write_text(text, "utf-8")
    return load_settings(path, Shop)


def test_given_a_good_file_then_defaults_fill_the_rest(tmp_path: Path) -> None:
    shop = load(tmp_path, 'store = "a"\n[[lanes]]\nid = "1"\n')
    assert shop == Shop("a", Door(), (Lane("1"),))


def test_given_many_problems_then_all_are_listed_with_their_cure(tmp_path: Path) -> None:
    text = 'sotre = "a"\n[door]\nport = 70000\nhots = "x"\n[[lanes]]\nid = 5\n'
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    problems = "\n".join(caught.value.problems)
    assert "sotre: unknown key; did you mean 'store'?" in problems
    assert "store: missing key" in problems
    assert "door.port: Expected `int` <= 65535" in problems
    assert "door.hots: unknown key; did you mean 'host'?" in problems
    assert "lanes[1].id: Expected `str`, got `int`" in problems
    assert len(caught.value.problems) == 5


def test_given_a_value_where_a_table_belongs_then_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="door: expected a table, got a number"):
        load(tmp_path, 'store = "a"\ndoor = 1\n')


def test_given_no_file_or_no_toml_then_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        load_settings(tmp_path / "gone.toml", Shop)
    with pytest.raises(ConfigError, match="not TOML"):
        load(tmp_path, "store = ")
