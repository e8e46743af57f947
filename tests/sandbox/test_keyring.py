"""Keys in a folder: made once, kept private, used again."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bank131_async.errors import ConfigurationError
from bank131_async.sandbox import SandboxKeys
from bank131_async.sandbox.keyring import process_keys, run_keys


def test_keys_are_made_in_a_new_folder_and_used_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "keys"

    first, second = SandboxKeys.in_folder(folder), SandboxKeys.in_folder(folder)

    assert first.merchant.fingerprint == second.merchant.fingerprint != first.bank.fingerprint
    assert first.bank.fingerprint == second.bank.fingerprint
    names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert names == dict.fromkeys(["merchant_private.pem", "bank_private.pem", "bank_public.pem"], 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "bank_public.pem").read_bytes() == first.bank_public_pem


def test_a_file_that_is_no_key_is_an_error_that_does_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "merchant_private.pem").write_text("hush")

    with pytest.raises(ConfigurationError, match="merchant_private") as error:
        SandboxKeys.in_folder(tmp_path)
    assert "hush" not in str(error.value)


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="keys: cannot use the folder"):
        SandboxKeys.in_folder(tmp_path / "file")


def test_keys_of_the_process_are_made_once() -> None:
    assert process_keys() is process_keys()
    assert "PRIVATE" not in repr(process_keys())


def test_those_who_come_at_once_share_the_keys_of_the_run(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        keys = [*pool.map(run_keys, [tmp_path / "keys"] * 4)]

    assert len({pair.merchant.fingerprint for pair in keys}) == 1
    assert len({pair.bank.fingerprint for pair in keys}) == 1
