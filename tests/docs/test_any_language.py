"""The shell script on the page for other languages is run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FILE = re.compile(r"^<!-- file: (\S+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_script_on_the_page_takes_a_payment(repository: Path, tmp_path: Path) -> None:
    files = dict(FILE.findall((repository / "docs" / "any-language.md").read_text(encoding="utf-8")))
    (tmp_path / "pay.sh").write_text(files["pay.sh"], encoding="utf-8")
    program = tmp_path / "bin" / "bank131"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from bank131_async.cli import main; main()' \"$@\"\n")
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BANK131_")}
    ran = subprocess.run(
        ["sh", "pay.sh"],
        cwd=tmp_path,
        env={
            **environment,
            "PATH": f"{program.parent}{os.pathsep}{environment['PATH']}",
            "PYTHONPATH": str(repository),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Verified OK" in ran.stdout
    assert ran.stdout.rstrip().endswith("is paid; the last webhook was payment_finished")
