"""``python -m benchmarks [name ...] [--quick] [--smoke] [--json]``: runs the case modules of this folder.

Exit status: 0 all targets met, 1 a target missed (not with ``--smoke``), 2 a case failed or a name is not known.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict

from benchmarks.harness import Result, run_cases


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the named case modules, or all of them, and prints one line for each case."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not _is_private(path.stem))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Cases: " + ", ".join(known))
    parser.add_argument("names", nargs="*", metavar="name", help="case modules to run; all of them if none is named")
    parser.add_argument("--quick", action="store_true", help="a few short rounds: shows the order of magnitude only")
    parser.add_argument("--smoke", action="store_true", help="like --quick; a missed target does not fail")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each case")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.names) - set(known))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    missed = 0
    for name in options.names or known:
        try:
            cases = importlib.import_module(f"benchmarks.{name}").cases
            results = asyncio.run(run_cases(name, cases, quick=options.quick or options.smoke))
        except Exception:
            traceback.print_exc()
            print(f"{name}: failed, see above", file=sys.stderr)
            return 2
        for result in results:
            print(_as_json(result) if options.json else _as_line(result), flush=True)
            missed += not result.ok
    if not options.json:
        print(f"{missed} missed" if missed else "all targets met")
    return 1 if missed and not options.smoke else 0


def _is_private(stem: str) -> bool:
    return stem.startswith("_") or stem == "harness"


def _as_line(result: Result) -> str:
    spread = f"{result.low:.3g} to {result.high:.3g}"
    verdict = "ok" if result.ok else "miss"
    return f"{result.name:<76} {result.measured:>8.3g} {result.unit:<6} ({spread:<14}) {result.bound:>9}  {verdict}"


def _as_json(result: Result) -> str:
    return json.dumps(asdict(result))


if __name__ == "__main__":
    sys.exit(main())
