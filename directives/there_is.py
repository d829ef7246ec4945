"""What there is of an assignment beside its row, in one statement: its page then asks only for what it has.

Most have no letters, requests or notes, and to ask each table would cost more than the page itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from accounts.dated import holds_sql
from directives.models import Assignment, ExtensionRequest


class ThereIs(NamedTuple):
    """Whether there is any of it: `mails` are reminders, `moved_on` is what it was transferred to, `succession` in
    effect of its unit, `other_name` one that its unit bore when it was given."""

    reports: bool
    requests: bool
    open_request: bool
    letters: bool
    notes: bool
    mails: bool
    document_files: bool
    files: bool
    moved_on: bool
    succession: bool
    other_name: bool


_SQL = f"""
SELECT
    EXISTS (SELECT 1 FROM directives_progressreport WHERE assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_extensionrequest WHERE assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_extensionrequest WHERE assignment_id = %(pk)s AND state = %(open)s),
    EXISTS (SELECT 1 FROM directives_unitletter WHERE assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_note WHERE assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_reminder WHERE assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_attachment WHERE document_id = %(document)s),
    EXISTS (SELECT 1 FROM directives_attachment f JOIN directives_progressreport r ON r.id = f.report_id
        WHERE r.assignment_id = %(pk)s)
    OR EXISTS (SELECT 1 FROM directives_attachment f JOIN directives_unitletter l ON l.id = f.letter_id
        WHERE l.assignment_id = %(pk)s)
    OR EXISTS (SELECT 1 FROM directives_attachment f JOIN directives_extensionrequest e ON e.id = f.extension_request_id
        WHERE e.assignment_id = %(pk)s),
    EXISTS (SELECT 1 FROM directives_assignment WHERE transferred_from_id = %(pk)s),
    EXISTS (SELECT 1 FROM steering_succession WHERE from_unit_id = %(unit)s AND takes_effect_on <= %(on)s),
    EXISTS (SELECT 1 FROM steering_unitname n WHERE unit_id = %(unit)s AND name <> %(name)s
        AND {holds_sql("n", "given")})"""  # noqa: S608


def there_is(assignment: Assignment, *, on: date) -> ThereIs:
    """Return what there is of an assignment (with directive and unit loaded) on a day (Hà Nội). One query."""
    values: dict[str, Any] = {
        "pk": assignment.pk,
        "document": assignment.directive.document_id,
        "unit": assignment.unit_id,
        "name": assignment.unit.name,
        "given": assignment.assigned_on,
        "on": on,
        "open": ExtensionRequest.State.OPEN.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        return ThereIs(*cursor.fetchone())
