"""pytest plugin of `make chaos`: gathers what each scenario came to, prints the table and writes docs/chaos.md.

A test says `record_property("chaos", [scenario, figures])` once its check has passed. The page is written only when the
whole of the tests ran and passed, so that each figure is that of the run which wrote it.
"""

from __future__ import annotations

import platform
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.clock import HANOI

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "chaos.md"
COLUMNS = ("planned", "sent", "skipped", "failed", "mails", "lost", "doubled", "repeats", "seconds")
_found: dict[str, dict[str, Any]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the figures of a test that passed (with xdist, in the process that collects the reports)."""
    if report.when == "call" and report.passed:
        _found.update(value for name, value in report.user_properties if name == "chaos")  # type: ignore[misc]


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Print the table, and write the page when everything was tried and nothing failed."""
    if hasattr(config, "workerinput"):
        return
    terminalreporter.section("chaos")
    for line in _table():
        terminalreporter.write_line(line)
    if exitstatus != 0 or config.option.keyword or "slow or not slow" not in config.option.markexpr:
        terminalreporter.write_line(
            "Not all was tried, or something failed: docs/chaos.md is left as it was."
        )
        return
    PAGE.write_text(_page(), encoding="utf-8")
    terminalreporter.write_line(f"Written to {PAGE.relative_to(ROOT)}")


def _table() -> list[str]:
    lines = [f"| scenario | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    for scenario, figures in sorted(_found.items()):
        lines.append(f"| {scenario} | {' | '.join(f'{figures[name]:,}' for name in COLUMNS)} |")
    return lines


def _page() -> str:
    at = datetime.now(HANOI)
    return "\n".join([_HEAD.format(at=at, python=platform.python_version()), *_table(), ""])


_HEAD = """\
# Chaos

Rendered by `make chaos` on {at:%d/%m/%Y at %H:%M} (Hà Nội), Python {python}. Each line is a scenario of `tests/chaos`:
real Celery workers, beats and `manage.py remind` as processes, on a real PostgreSQL and Valkey, sending to a real SMTP
server that is a process, too, and keeps a journal of what it took. Each ends in the same check, which sets the
database against that journal in plain SQL (`tests/chaos/ledger.py`).

- planned = sent + skipped + failed, in reminders; what was skipped or failed has its reason, nothing waits.
- mails: different ones that the server took.
- lost: reminders that wait, mails called sent that never came in, people whom nobody wrote to.
- repeats: mails that came in a second time under the same Message-ID, because their sender was killed, lost its
  database or never heard that they were taken.
- doubled: every other second mail.
"""
