"""``python -m tests.exhaustive --seconds 60``: how far a minute goes."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys

from tests.exhaustive.search import STORIES, searched


def main() -> int:
    """Search every story; 1 if a state breaks a rule."""
    parser = argparse.ArgumentParser(prog="python -m tests.exhaustive", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all stories together")
    seconds = parser.parse_args().seconds
    cores = os.cpu_count() or 1
    jobs = [(place, seconds * cores / len(STORIES)) for place in range(len(STORIES))]
    failed, states, transitions = False, 0, 0
    with multiprocessing.get_context("spawn").Pool(cores) as pool:
        for story, found in zip(STORIES, pool.imap(searched, jobs), strict=True):
            end = "all of them" if found.is_complete else f"to depth {found.depth}"
            sys.stdout.write(f"{story.name:26} {found.states:9} states, {found.transitions:9} steps, {end}\n")
            for line in found.way:
                sys.stdout.write(f"    {line}\n")
            failed = failed or bool(found.way)
            states, transitions = states + found.states, transitions + found.transitions
    sys.stdout.write(f"{'together':26} {states:9} states, {transitions:9} steps\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
