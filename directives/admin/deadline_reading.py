"""Đọc thời hạn: what a deadline's words mean, shown beside them before anything is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from directives.deadline_words import LONGEST, Reading, read_deadline
from steering.calendar import work_calendar


def read(words: str, *, given_on: date) -> Reading:
    """Return the reading of a deadline's words for a directive given on a day (Hà Nội); one query."""
    return read_deadline(words[: LONGEST + 1], given_on=given_on, calendar=work_calendar())


def in_words(reading: Reading) -> str:
    """Return what was understood, with its hint, as it stands below the field."""
    return " ".join(part for part in (_("Đọc là:"), reading.how, reading.hint) if part)


def as_data(reading: Reading) -> dict[str, Any]:
    """Return a reading for the script of the form: the date as it is typed, "" for none."""
    due_on = f"{reading.due_on:%d/%m/%Y}" if reading.due_on else ""
    return {"due_on": due_on, "standing": reading.standing, "words": in_words(reading)}
