"""Stores from one line of configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank131_async.core.machine import TokenGiven
from bank131_async.errors import ConfigurationError
from bank131_async.stores import FernetCipher, MemoryStore, SQLiteStore, open_store, store_from_env

OLD, NEW = FernetCipher.new_key(), FernetCipher.new_key()
ENTRY = TokenGiven(widget="acquiring_widget")


def test_memory_is_the_store_in_memory() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


@pytest.mark.asyncio
async def test_three_slashes_name_a_file_beside_the_working_directory_and_four_an_absolute_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///payments.db", f"sqlite:///{tmp_path}/in%20my%3Fshop.db"):
        store = open_store(url)
        assert isinstance(store, SQLiteStore)
        await store.journal("p").append("ps_1", (ENTRY,))
        await store.aclose()
    assert {path.name for path in tmp_path.glob("*.db")} == {"payments.db", "in my?shop.db"}


@pytest.mark.asyncio
async def test_the_cipher_reaches_the_store(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/payments.db", cipher=FernetCipher(FernetCipher.new_key()))
    assert store.journal("p").enciphered
    await store.aclose()
    assert not open_store(f"sqlite:///{tmp_path}/payments.db").journal("p").enciphered
    with pytest.raises(ConfigurationError, match="takes no cipher"):
        open_store("memory:", cipher=FernetCipher(FernetCipher.new_key()))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "expected"),
        ("memory", "expected"),
        ("memory:x", "expected"),
        ("payments.db", "expected"),
        ("redis://user:hunter2@host/0", "expected"),
        ("postgresql:user:hunter2@host", "expected"),
        ("sqlite:payments.db", "three slashes"),
        ("sqlite://hunter2", "three slashes"),
        ("sqlite://", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("sqlite:///a.db?key=hunter2", "no options"),
        ("sqlite:///:memory:", "MemoryStore"),
        ("postgresql://user:hunter2@host/db?hints=redis", "'notify' or 'poll'"),
        ("postgresql://user:hunter2@host/db?schema=", "schema: expected letters"),
        ("postgresql://user:hunter2@host/db?schema=a%22b", "schema: expected letters"),
        ("postgresql://user:hunter2@host/db?schema=a&schema=b", "schema is given twice"),
    ],
)
def test_what_is_not_understood_says_what_is_expected_and_quotes_nothing(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        open_store(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("variables", [{}, {"BANK131_STORE": " "}, {"BANK131_STORE_KEY": NEW}])
def test_without_the_variable_there_is_no_store(variables: dict[str, str]) -> None:
    assert store_from_env(variables) is None


@pytest.mark.asyncio
async def test_the_environment_names_the_store_and_its_keys_the_newest_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/payments.db"
    for keys in (OLD, f"{NEW}, {OLD}"):
        store = store_from_env({"BANK131_STORE": url, "BANK131_STORE_KEY": keys})
        assert store is not None
        await store.journal("p").append("ps_1", (ENTRY,))
        assert (await store.journal("p").load("ps_1"))[0].entry == ENTRY
        await store.aclose()
    reader = open_store(url, cipher=FernetCipher(NEW))
    assert [stored.entry for stored in await reader.journal("p").load("ps_1", after=1)] == [ENTRY]
    await reader.aclose()


@pytest.mark.parametrize(
    ("url", "key", "names"),
    [
        ("sqlite:///a.db", "hunter2", "BANK131_STORE_KEY: .*key 1"),
        ("sqlite:///a.db", f"{NEW},hunter2", "BANK131_STORE_KEY: .*key 2"),
        ("memory:", NEW, "BANK131_STORE: .*takes no cipher"),
        ("redis://user:hunter2@host", "", "BANK131_STORE: .*expected"),
    ],
    ids=["no key", "one of two", "no file", "no such store"],
)
def test_a_wrong_variable_is_named_and_not_quoted(url: str, key: str, names: str) -> None:
    with pytest.raises(ConfigurationError, match=names) as caught:
        store_from_env({"BANK131_STORE": url, "BANK131_STORE_KEY": key})
    assert not any(secret in str(caught.value) for secret in ("hunter2", NEW))
