"""pytest plugin of `make assurance`: gathers what tests counted, prints it and writes docs/assurance.md.

A test says `record_property("assurance", [section, subject, tried, wrong])`; figures of one subject add up. The page is
written only when every test of the run passed, so that each figure is that of the run which wrote it.
"""

from __future__ import annotations

import platform
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.clock import HANOI

PAGE = Path(__file__).resolve().parents[2] / "docs" / "assurance.md"
SECTIONS = {
    "access": "Nobody sees what is not theirs",
    "doors": "No change goes unrecorded",
    "guards": "Somebody notices when a guard is gone",
    "seals": "What was recorded stays as it was",
    "inputs": "Malformed input is answered, never with an error of the server, and a GET changes nothing",
    "uploads": "Files made to harm are refused",
    "concurrency": "Of two who meet, one wins and the other is told why not",
}
_figures: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the figures of a test that passed (with xdist, in the process that collects the reports)."""
    if report.when != "call" or not report.passed:
        return
    for name, value in report.user_properties:
        if name == "assurance":
            section, subject, tried, wrong = _figure(value)
            found = _figures[section][subject]
            found[0] += tried
            found[1] += wrong


def _figure(value: Any) -> tuple[str, str, int, int]:
    section, subject, tried, wrong = value
    assert section in SECTIONS, section
    return str(section), str(subject), int(tried), int(wrong)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Print the figures, and write the page when nothing failed."""
    if hasattr(config, "workerinput"):
        return
    terminalreporter.section("assurance")
    for line in _lines():
        terminalreporter.write_line(line)
    if exitstatus != 0:
        terminalreporter.write_line("Something failed: docs/assurance.md is left as it was.")
        return
    PAGE.write_text(_page(), encoding="utf-8")
    terminalreporter.write_line(f"Written to {PAGE.relative_to(Path.cwd())}")


def _lines() -> list[str]:
    lines = []
    for section, title in SECTIONS.items():
        lines += ["", f"## {title}", ""]
        subjects = _figures.get(section)
        if not subjects:
            lines.append("Not tried in this run.")
            continue
        lines += ["| tried | | wrong |", "|---:|---|---:|"]
        lines += [f"| {tried:,} | {subject} | {wrong} |" for subject, (tried, wrong) in subjects.items()]
    return lines


def _page() -> str:
    at = datetime.now(HANOI)
    head = f"""\
# Assurance

Rendered by `make assurance` on {at:%d/%m/%Y at %H:%M} (Hà Nội), Python {platform.python_version()}.
Each figure was counted by the run that wrote this page, in which every test passed; the tests are under `tests/access`,
`tests/assurance`, `tests/concurrency`, `tests/fuzz`, `tests/accounts/audit` and `tests/directives`. “Wrong” are leaks,
unrecorded changes, guards whose removal nobody noticed, tampering not found, answers 500, changes by GET, files stored,
meetings half-written.
"""
    return "\n".join([head, *_lines()[1:], ""])
