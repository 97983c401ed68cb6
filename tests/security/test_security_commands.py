"""No word of a client can become a command: there is no shell, and few modules start a program at all.

Seen elsewhere: cups-browsed and cups-filters put what a stranger's printer said into a command line (CVE-2024-47176,
CVE-2024-47076, CVE-2024-47175, CVE-2024-47177).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("printserver", "drivers") for path in (ROOT / folder).rglob("*.py"))

# Each starts a program of its own: a worker, a driver's process, an emulated printer, the demonstration's daemon, a
# command that the configuration file names, a check for authors of drivers. Their arguments are the server's
# configuration; documents and words of clients travel through a pipe.
STARTING = {
    "printserver/sandbox/once.py", "printserver/sandbox/process.py", "printserver/emulation/launch.py",
    "printserver/commands/demo.py", "printserver/testing/conformance/claims.py", "printserver/sandbox/speaking.py",
    "printserver/transport/exec.py",
}  # fmt: skip
STARTS = {"Popen", "spawnProcess", "call", "check_call", "check_output", "run", "create_subprocess_exec", "posix_spawn"}
NEVER = {
    "system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell", "eval", "exec", "compile", "execv",
    "execve", "execvp", "spawnl", "spawnv", "__import__",
}  # fmt: skip
# Where these names are something else: a regular expression, a statement of SQL.
NO_CODE = {"re.compile", "sa.exec", "statement.compile"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call of a file with its dotted name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_programs_are_started_by_these_modules_alone() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for name, _call in calls(path)
        if name.split(".")[-1] in STARTS and (name.split(".")[0] in ("subprocess", "os", "asyncio") or "spawn" in name)
    }
    assert found == STARTING


def test_nothing_is_run_from_a_string() -> None:
    strings = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for name, call in calls(path)
        if (name.split(".")[-1] in NEVER and name not in NO_CODE)
        or any(word.arg == "shell" for word in call.keywords)
    ]
    assert strings == []


def test_nothing_is_unpacked_that_could_run() -> None:
    imported = {
        (str(path.relative_to(ROOT)), name.split(".")[0])
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert not {pair for pair in imported if pair[1] in {"pickle", "marshal", "shelve", "dill", "yaml", "code"}}
