"""Tokens: shown once, kept as a hash, in force at once."""

from pathlib import Path

import pytest

from cext.errors import Refused, StorageError
from cext.kit.tokens import Tokens


def test_given_a_token_when_checked_then_its_grant_and_no_other(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "tokens.json", scopes=("read", "sell"))
    text = tokens.create("page", ("sell",))
    grant = tokens.check(text)
    assert grant is not None
    assert (grant.name, grant.allows("sell"), grant.allows("read")) == ("page", True, False)
    assert tokens.check(text + "x") is None


def test_given_a_token_then_the_file_holds_no_secret_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    text = Tokens(path, scopes=("read",)).create("page", ("read",))
    assert text not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_given_another_process_revokes_then_the_daemon_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    daemon = Tokens(path, scopes=("read",))
    command = Tokens(path, scopes=("read",))
    text = command.create("page", ("read",))
    assert daemon.check(text) is not None
    command.revoke("page")
    assert daemon.check(text) is None


def test_given_wrong_wishes_then_each_is_refused_with_its_cure(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path / "tokens.json", scopes=("read",))
    tokens.create("page", ("read",))
    with pytest.raises(Refused, match="choose from read"):
        tokens.create("other", ("rule",))
    with pytest.raises(Refused, match="choose another name"):
        tokens.create("page", ("read",))
    with pytest.raises(Refused, match="no token is named"):
        tokens.revoke("ghost")


def test_given_a_damaged_file_then_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("[{]")
    with pytest.raises(StorageError, match=r"tokens\.json"):
        Tokens(path, scopes=("read",)).check("x")
