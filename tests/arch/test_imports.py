"""What is loaded by importing what. The rings themselves are held by import-linter (``make check``)."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable

import pytest

import bank131_async
import bank131_async.core

FreshModules = Callable[[str], set[str]]

# Whoever imports the core gets none of these, by whatever way.
NEVER_IN_CORE = {"aiohttp", "asyncio", "logging", "secrets", "socket", "sqlite3", "ssl", "subprocess"}
# These are loaded by the core's dependencies themselves (random by cryptography's RSA, uuid by orjson, threading by
# attrs), so that their absence cannot be promised; that no module of the core imports them is held by import-linter.
NOT_ADDED_BY_CORE = {"random", "threading", "uuid"}
DEPENDENCIES_OF_CORE = "import attrs, cattrs, orjson, cryptography.hazmat.primitives.asymmetric.rsa"

CORE_MODULES = sorted(
    module.name for module in pkgutil.walk_packages(bank131_async.core.__path__, "bank131_async.core.")
)


def test_the_core_loads_nothing_that_does_io_or_tells_the_time(modules_loaded_by: FreshModules) -> None:
    loaded = modules_loaded_by(f"import {', '.join(CORE_MODULES)}")

    assert loaded >= {"bank131_async.core.codec", "bank131_async.core.machine"}
    assert loaded & NEVER_IN_CORE == set()


def test_the_core_adds_nothing_random_to_what_its_dependencies_load(modules_loaded_by: FreshModules) -> None:
    dependencies = modules_loaded_by(DEPENDENCIES_OF_CORE)
    loaded = modules_loaded_by(f"import {', '.join(CORE_MODULES)}")

    assert (loaded - dependencies) & NOT_ADDED_BY_CORE == set()


@pytest.mark.parametrize("module", CORE_MODULES)
def test_each_module_of_the_core_can_be_imported_first(module: str, modules_loaded_by: FreshModules) -> None:
    assert module in modules_loaded_by(f"import {module}")


@pytest.mark.parametrize("statement", ["import bank131_async", "from bank131_async.core.webhook import read_webhook"])
def test_importing_the_package_or_the_webhook_reader_does_not_load_aiohttp(
    statement: str, modules_loaded_by: FreshModules
) -> None:
    assert modules_loaded_by(statement) & {"aiohttp", "asyncio", "ssl"} == set()


def test_importing_the_package_loads_none_of_its_dependencies(modules_loaded_by: FreshModules) -> None:
    loaded = modules_loaded_by("import bank131_async")

    assert loaded & {"aiohttp", "attrs", "attr", "cattrs", "cryptography", "orjson"} == set()
    assert {name for name in loaded if name.startswith("bank131_async.core")} == set()


def test_the_names_of_the_package_are_still_there_when_asked_for(modules_loaded_by: FreshModules) -> None:
    loaded = modules_loaded_by("import bank131_async\nbank131_async.Amount.rub('1.00')")

    assert "attrs" in loaded or "attr" in loaded
    assert "aiohttp" not in loaded


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_the_command_line_answers_simple_questions_without_loading_aiohttp(
    argument: str, modules_loaded_by: FreshModules
) -> None:
    program = (
        "import contextlib, io, sys\n"
        f"sys.argv = ['bank131', '{argument}']\n"
        "from bank131_async.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()"
    )

    assert modules_loaded_by(program) & {"aiohttp"} == set()
