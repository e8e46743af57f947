"""Writes the generated parts of ``docs/``: ``python -m tools.docs``. A test tells when they are out of date."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from bank131_async.core.models import ERROR_CODES
from bank131_async.sandbox.cards import CARDS
from bank131_async.sandbox.settings import Settings
from tools import api_reference

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Writes every page that differs from what is on disk."""
    for path, text in pages().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(DOCS.parent)}")


def pages() -> dict[Path, str]:
    """Each page that is generated, as a whole or in part, with the text that it should have."""
    return {
        DOCS / "api-reference.md": api_reference.render(),
        DOCS / "errors.md": _with_part(DOCS / "errors.md", "codes", _codes()),
        DOCS / "sandbox.md": _with_part(DOCS / "sandbox.md", "switches", _switches()),
        DOCS / "testing.md": _with_part(DOCS / "testing.md", "cards", _cards()),
        DOCS / "adr" / "README.md": _with_part(DOCS / "adr" / "README.md", "index", _decisions()),
    }


def _with_part(page: Path, name: str, part: str) -> str:
    """The page with what stands between its marks ``<!-- name -->`` and ``<!-- end -->`` replaced."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not mark or not end:
        raise ValueError(f"{page.name} lacks the marks for {name}")
    return f"{before}{mark}{part}{end}{after}"


def _codes() -> str:
    head = (
        "| Code | Error | Whose move | `may_repeat` | Definite decline | In doubt |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    rows = [
        f"| `{code}` | `{facts.error.__name__}` | {facts.who} | `{facts.may_repeat}` |"
        f" {_yes(facts.definite_decline)} | {_yes(facts.in_doubt)} |\n"
        for code, facts in ERROR_CODES.items()
    ]
    words = [
        f"| `{code}` | {facts.payer_message} | {facts.merchant_message} |\n" for code, facts in ERROR_CODES.items()
    ]
    head_of_words = "| Code | To the payer or recipient | To the merchant |\n| --- | --- | --- |\n"
    return head + "".join(rows) + "\n" + head_of_words + "".join(words)


def _yes(value: bool) -> str:
    return "yes" if value else ""


def _cards() -> str:
    rows = [f"| {card.number} | `{card.outcome}` | {card.description} |\n" for card in CARDS]
    return "| Number | Outcome | What it does |\n| --- | --- | --- |\n" + "".join(rows)


def _switches() -> str:
    """What the docstring of the sandbox's settings says, as Markdown."""
    text = inspect.getdoc(Settings) or ""
    text = text[text.index("**What the manager") :].replace("``", "`")
    text = re.sub(r"^\*\*(.+?)\*\*(?: *(\(docs:.*?\)))?$", r"### \1\n\n\2", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _decisions() -> str:
    pages = sorted(path for path in (DOCS / "adr").glob("[0-9]*.md"))
    return "".join(f"- [{_title(path)}]({path.name})\n" for path in pages)


def _title(path: Path) -> str:
    """The number in the file's name and the page's heading without it."""
    heading = path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ").strip()
    return f"{path.name[:4]} " + re.sub(r"^(?:ADR\s*)?\d+\s*[.:\-]?\s*", "", heading)


if __name__ == "__main__":
    main()
