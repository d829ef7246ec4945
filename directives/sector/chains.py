"""Stories as rows for the database: one a version, with the state after the step, when it happens and who does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.audit.context import Door
from directives.lifecycle import TRANSITIONS, Status, Verb
from directives.models import ProgressReport
from directives.sector.stories import CHANCES, STORIES, Step, Story, When, Who

SECRETARY, OFFICER, HEAD = Who.SECRETARY, Who.OFFICER, Who.HEAD
Kind = ProgressReport.Kind
# Who does what, and the reason where the service does not take the verb's own name.
BY: dict[str, tuple[Who, str]] = {
    Verb.ISSUE: (SECRETARY, ""),
    Verb.ACCEPT: (OFFICER, ""),
    Verb.REPORT: (OFFICER, ""),
    "present": (OFFICER, "Trình thủ trưởng"),
    Verb.SUBMIT: (OFFICER, ""),
    Verb.WITHDRAW: (OFFICER, ""),
    Verb.CONFIRM: (SECRETARY, ""),
    Verb.SEND_BACK: (SECRETARY, "Bản gửi thiếu số liệu của các đơn vị trực thuộc."),
    Verb.DECLINE: (HEAD, "Nội dung không thuộc chức năng của đơn vị."),
    Verb.REISSUE: (SECRETARY, "Nhiệm vụ thuộc chức năng của đơn vị theo quyết định tổ chức."),
    Verb.TRANSFER: (SECRETARY, "Chuyển theo chức năng, nhiệm vụ (Phiếu trình minh họa)"),
    Verb.SUSPEND: (SECRETARY, "Chờ ý kiến về phạm vi thực hiện."),
    Verb.RESUME: (SECRETARY, ""),
    Verb.REVOKE: (SECRETARY, "Nội dung đã được giao tại nhiệm vụ khác."),
    Verb.END: (Who.SYSTEM, "Đơn vị chủ trì đã được xác nhận hoàn thành"),
    Verb.REOPEN: (SECRETARY, "Kết quả chưa bao gồm các đơn vị trực thuộc."),
    "extend": (SECRETARY, "Đồng ý gia hạn"),
}
REPORTS = {Verb.REPORT: Kind.PROGRESS, "present": Kind.FOR_HEAD, Verb.SUBMIT: Kind.RESULT}
# Steps of one day keep their order by the hour: the second is taken at ten, and so on.
HOURS_BEFORE_FIRST = 8


@dataclass
class _Case:
    """An assignment on its way through a story."""

    status: str = ""
    status_before: str = ""
    progress: int = 0
    submitted: When | None = None
    first_submitted: When | None = None
    result: int | None = None
    extended: bool = False
    with_head: bool = False
    reports: list[str] = field(default_factory=list)

    def take(self, what: Verb | str, when: When, percent: int | None) -> None:
        """Change as the services do. Raises ValueError for a step that the lifecycle's table does not know."""
        self.with_head = what == "present"
        if what in REPORTS:
            self.reports.append(REPORTS[what])
        if what == "extend":
            self.extended = True
        if what in ("extend", "present"):
            return
        self._move(Verb(what))
        if what == Verb.REPORT:
            self.progress = percent or 0
        elif what == Verb.SUBMIT:
            self.progress, self.submitted, self.result = 100, when, len(self.reports) - 1
            self.first_submitted = self.first_submitted or when
        elif what in (Verb.WITHDRAW, Verb.SEND_BACK, Verb.REOPEN):
            self.submitted = self.result = None

    def _move(self, verb: Verb) -> None:
        transition = TRANSITIONS[verb]
        if self.status not in (transition.sources or ("",)):
            raise ValueError(f"{verb} does not lead on from {self.status!r}.")
        target = transition.target or Status(self.status_before)
        if verb in (Verb.SUSPEND, Verb.RESUME):
            self.status_before = self.status if verb == Verb.SUSPEND else ""
        self.status = target


def steps() -> list[dict[str, Any]]:
    """Return every version of every story; `report` and `result` count the reports of a story from 0."""
    return [row for name, story in STORIES.items() for row in _walk(name, story)]


def _walk(name: str, story: Story) -> Iterator[dict[str, Any]]:
    case = _Case()
    for version, step in enumerate(story.steps, 1):
        when = _with_hour(step.when, version)
        before = len(case.reports)
        presented = case.reports[-1:] == [Kind.FOR_HEAD]
        case.take(step.what, when, step.percent)
        who, reason = BY[step.what]
        yield {
            "story": name,
            "version": version,
            "status": case.status,
            "status_before": case.status_before,
            "progress": case.progress,
            "who": HEAD if step.what == Verb.SUBMIT and presented else who,
            "reason": reason or str(Verb(step.what).label),
            "door": Door.JOB if who is Who.SYSTEM else Door.WEB,
            **_told("", when),
            **_told("submitted_", case.submitted),
            **_told("first_", case.first_submitted),
            "result": case.result,
            "confirms": step.what == Verb.CONFIRM,
            "extended": case.extended,
            "with_head": case.with_head,
            "report": before if len(case.reports) > before else None,
            "kind": case.reports[-1] if len(case.reports) > before else None,
            "percent": _percent(step),
            "based_on": before - 1 if step.what == Verb.SUBMIT and presented else None,
        }


def _percent(step: Step) -> int:
    return 100 if step.what == Verb.SUBMIT else step.percent or 0


def _with_hour(when: When, version: int) -> When:
    return When(when.of, when.value, when.hour or HOURS_BEFORE_FIRST + version, when.sharp)


def _told(prefix: str, when: When | None) -> dict[str, Any]:
    values = (when.of, when.value, when.hour, when.sharp) if when else (None,) * 4
    return {
        f"{prefix}{name}": value for name, value in zip(("of", "value", "hour", "sharp"), values, strict=True)
    }


def most_reports() -> int:
    """Return how many reports the longest story has."""
    return max(sum(step.what in REPORTS for step in story.steps) for story in STORIES.values())


def asks() -> list[dict[str, Any]]:
    """Return the requests for an extension, at most one a story."""
    return [
        {
            "story": name,
            "state": story.ask.state,
            **_told("", story.ask.asked),
            **_told("decided_", story.ask.decided),
        }
        for name, story in STORIES.items()
        if story.ask is not None
    ]


def chances() -> list[dict[str, Any]]:
    """Return which story is told of whom: `low` ≤ chance < `high`, of 10,000."""
    found = []
    for (phase, part), rows in CHANCES.items():
        low = 0
        for story, ends, weight in rows:
            found.append(
                {"phase": phase, "part": part, "story": story, "ends": ends, "low": low, "high": low + weight}
            )
            low += weight
        if low != 10_000:
            raise ValueError(f"The chances of {phase}, {part} add up to {low}.")
    return found
