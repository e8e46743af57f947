"""What is committed is whole, portable and says the truth about its version."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import bank131_async
from bank131_async._version import __version__

# Split, so that this file does not find itself.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:work|tmp|root|home)/[a-z.]",
            r"files\.python" + r"hosted\.org",
            r"py" + r"pi\.(?:org|python\.org)",
            r"registry\.npm" + r"js\.org",
            r"deb\.deb" + r"ian\.org",
            r"\.lib" + r"rary/",
        ]
    )
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
TEXT = {"", ".py", ".md", ".toml", ".json", ".html", ".js", ".css", ".txt", ".yml", ".cfg", ".pem"}


def committed(repository: Path) -> list[Path]:
    """All files of the checkout that are not ignored; all but dot and build folders where git does not answer."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        return [path for name in answer.stdout.splitlines() if (path := repository / name).is_file()]
    folders = ("bank131_async", "benchmarks", "docs", "examples", "tests", "tools")
    return [path for folder in folders for path in (repository / folder).rglob("*") if path.is_file()]


def lines_with(pattern: re.Pattern[str], repository: Path) -> list[str]:
    return [
        f"{path.relative_to(repository)}:{number}"
        for path in committed(repository)
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_one_machine_or_a_registry(repository: Path) -> None:
    assert lines_with(FOREIGN, repository) == []


def test_nothing_is_left_for_later(repository: Path) -> None:
    assert lines_with(UNFINISHED, repository) == []


def test_the_marker_for_type_checkers_is_shipped(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_every_folder_of_the_package_is_a_package(package: Path) -> None:
    bare = {
        str(path.parent.relative_to(package))
        for path in package.rglob("*.py")
        if not (path.parent / "__init__.py").is_file()
    }

    assert bare == set()


def test_every_module_says_what_it_is_for(package: Path) -> None:
    silent = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if not path.read_text().startswith(('"""', "r"))
    ]

    assert silent == []


def test_the_changelog_begins_with_the_version_of_the_package(repository: Path) -> None:
    headings = re.findall(r"^## \[(.+?)\]", (repository / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert next(heading for heading in headings if heading != "Unreleased") == __version__
    assert bank131_async.__version__ == __version__
