"""Run by ``make wheel-test`` in an environment that holds the built wheel and nothing of the checkout."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import bank131_async

_NOT_BROUGHT = {"asyncpg", "django", "opentelemetry", "pytest", "pytest_asyncio"}


def main() -> int:
    """Imports every public name and every module of the installed package."""
    folder = Path(bank131_async.__file__).parent
    if "site-packages" not in folder.parts:
        print(f"not the wheel but {folder} was imported", file=sys.stderr)
        return 1
    if not (folder / "py.typed").is_file():
        print("py.typed is not in the wheel", file=sys.stderr)
        return 1
    for name in bank131_async.__all__:
        getattr(bank131_async, name)
    modules = [module.name for module in pkgutil.walk_packages(bank131_async.__path__, "bank131_async.")]
    for module in modules:
        if not module.endswith("__main__"):
            _import(module)
    print(f"wheel {bank131_async.__version__}: {len(bank131_async.__all__)} names, {len(modules)} modules imported")
    return 0


def _import(module: str) -> None:
    """Imports a module, unless it needs a package that the wheel does not bring."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NOT_BROUGHT:
            raise


if __name__ == "__main__":
    sys.exit(main())
