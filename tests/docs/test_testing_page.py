"""The shop and its tests on the page about testing are run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FILE = re.compile(r"^<!-- file: (\S+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_tests_of_the_shop_on_the_page_pass(repository: Path, tmp_path: Path) -> None:
    files = dict(FILE.findall((repository / "docs" / "testing.md").read_text(encoding="utf-8")))
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = ["asyncio_mode=strict", "asyncio_default_fixture_loop_scope=function", "filterwarnings=error"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", tmp_path]
        + [part for setting in settings for part in ("-o", setting)]
        + [tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert set(files) == {"shop.py", "test_shop.py"}
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{files['test_shop.py'].count('async def test_')} passed" in ran.stdout
