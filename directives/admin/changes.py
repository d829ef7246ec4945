"""Lịch sử thay đổi of a document or a directive: who, when, why, through which door, and what from → to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audit.context import Door
from accounts.models import User
from directives.access import RULES, visible_to
from directives.models import (
    Assignment,
    Attachment,
    Directive,
    DirectiveUserObjectPermission,
    Document,
    DocumentRelation,
)

Text = str | Promise

# What people read; keys, counters and generated columns say nothing to them.
DOCUMENT_FIELDS = (
    "kind", "number", "issued_on", "subject", "issuer", "signer", "urgency", "state", "void_reason",
)  # fmt: skip
DIRECTIVE_FIELDS = (
    "code", "kind", "content", "deliverable", "given_by", "given_by_seat", "given_by_unit", "supervisor", "urgency",
    "given_on", "deadline_words", "due_on", "is_standing", "is_restricted", "mode", "reminder_policy", "state",
    "replaced_by",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A field's value before and after."""

    label: Text
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One recorded change; `at` is the instant of the act, `recorded_at` that of the database's clock."""

    at: datetime
    recorded_at: datetime
    by: str
    door: str
    reason: str
    what: Text = ""
    lines: Sequence[Line] = ()
    # Of the document or directive; 0 for what happened around it.
    version: int = 0

    @property
    def is_entered_later(self) -> bool:
        """Whether it was recorded well after the day it tells of (an import, a story told afterwards)."""
        return abs((self.recorded_at - self.at).total_seconds()) > 3600


@dataclass(frozen=True)
class Reader:
    """For whom the story is told, on a day (Hà Nội); only those who read drafts hear what the row was as one."""

    user: User
    on: date
    reads_drafts: bool

    def rows(self, model: type[Model]) -> QuerySet[Any]:
        """Return the rows of a model that may be named to the reader."""
        return visible_to(self.user, model, on=self.on) if model in RULES else model._default_manager.all()


def changes_of(row: Document | Directive, *, reader: Reader) -> list[Change]:
    """Return the recorded changes of a document or directive, newest first, in a constant number of queries."""
    fields = DOCUMENT_FIELDS if isinstance(row, Document) else DIRECTIVE_FIELDS
    past = list(type(row).history.filter(id=row.pk).select_related("history_user").order_by("history_id"))
    if not reader.reads_drafts:
        past = [version for version in past if version.state != "draft"]
    names = _names(type(row), past, fields, reader)
    found: list[Change] = []
    for before, after in zip([None, *past], past, strict=False):
        lines = _lines(type(row), before, after, fields, names) if before is not None else []
        found.append(_change(after, what=_("Tạo mới") if after.history_type == "+" else "", lines=lines))
    found += _of_document(row, reader) if isinstance(row, Document) else _of_directive(row, reader)
    return sorted(found, key=lambda change: change.recorded_at, reverse=True)


def changes_since(row: Document | Directive, *, reader: Reader, version: int) -> list[Change]:
    """Return what was recorded of a document or directive after a version of it, oldest first."""
    return [change for change in reversed(changes_of(row, reader=reader)) if change.version > version]


def _change(past: Any, *, what: Text = "", lines: Sequence[Line] = ()) -> Change:
    return Change(
        at=past.history_date,
        recorded_at=past.recorded_at,
        by=_person(past.history_user),
        door=str(Door(past.door).label) if past.door else "",
        reason=past.history_change_reason or "",
        what=what,
        lines=lines,
        version=getattr(past, "version", 0),
    )


def _person(user: User | None) -> str:
    if user is None:
        return ""
    return f"{user.full_name} – {user.post}" if user.post else str(user)


def _lines(
    model: type[Model], before: Any, after: Any, fields: Iterable[str], names: dict[tuple[str, int], str]
) -> list[Line]:
    lines = []
    for name in fields:
        field = model._meta.get_field(name)
        old, new = getattr(before, field.attname), getattr(after, field.attname)  # type: ignore[union-attr]
        if old != new:
            label = str(field.verbose_name)  # type: ignore[union-attr]
            lines.append(
                Line(label[:1].upper() + label[1:], _say(field, old, names), _say(field, new, names))
            )
    return lines


def _say(field: Any, value: Any, names: dict[tuple[str, int], str]) -> str:
    if value in (None, ""):
        return "–"
    if field.is_relation:
        return names.get((field.name, value), "–")
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _names(
    model: type[Model], past: list[Any], fields: Iterable[str], reader: Reader
) -> dict[tuple[str, int], str]:
    """Return what the related rows that occur are called: a query a relation."""
    names: dict[tuple[str, int], str] = {}
    for name in fields:
        field: Any = model._meta.get_field(name)
        if field.is_relation:
            ids = {getattr(version, field.attname) for version in past} - {None}
            rows = reader.rows(field.related_model).in_bulk(ids)
            names |= {(name, pk): str(other) for pk, other in rows.items()}
    return names


def _of_document(document: Document, reader: Reader) -> list[Change]:
    return [*_relations(document, reader), *_files(document)]


def _of_directive(directive: Directive, reader: Reader) -> list[Change]:
    given = _given(reader.rows(Assignment).filter(directive=directive))
    return [*given, *_grants(directive)] if reader.reads_drafts else given


def _relations(document: Document, reader: Reader) -> list[Change]:
    rows = list(DocumentRelation.history.filter(document_id=document.pk).select_related("history_user"))
    others = reader.rows(Document).in_bulk({past.other_id for past in rows})
    changes = []
    for past in rows:
        words = _("Gỡ văn bản liên quan") if past.history_type == "-" else _("Thêm văn bản liên quan")
        kind = DocumentRelation.Kind(past.kind).label
        if other := others.get(past.other_id):
            changes.append(_change(past, what=f"{words}: {kind} {other.label}"))
    return changes


def _files(document: Document) -> list[Change]:
    rows = Attachment.history.filter(document_id=document.pk).select_related("history_user")
    return [
        _change(past, what=f"{_('Gỡ tệp') if past.removed_at else _('Thêm tệp')}: {past.name}")
        for past in rows
    ]


def _grants(directive: Directive) -> list[Change]:
    rows = list(
        DirectiveUserObjectPermission.history.filter(content_object_id=directive.pk).select_related(
            "history_user"
        )
    )
    people = User.objects.in_bulk({past.user_id for past in rows})
    changes = []
    for past in rows:
        words = _("Cấp quyền xem") if past.history_type == "+" else _("Kết thúc quyền xem")
        person = people.get(past.user_id)
        changes.append(_change(past, what=f"{words}: {person or ''}{_period(past)}"))
    return changes


def _period(past: Any) -> str:
    start = _(" từ %(day)s") % {"day": f"{past.valid_from:%d/%m/%Y}"} if past.valid_from else ""
    end = _(" đến hết %(day)s") % {"day": f"{past.valid_until:%d/%m/%Y}"} if past.valid_until else ""
    return f"{start}{end}"


def _given(assignments: QuerySet[Assignment]) -> list[Change]:
    """One line for each time the directive was given, to however many units; one query."""
    rows = (
        Assignment.history.filter(history_type="+", id__in=assignments.order_by().values("pk"))
        .order_by()
        .values("recorded_xid", "history_date", "history_user", "history_change_reason", "door")
        .annotate(
            units=Count("id"),
            at=Max("recorded_at"),
            moved=Count("id", filter=Q(transferred_from__isnull=False)),
        )
    )
    rows = list(rows)
    people = User.objects.in_bulk({row["history_user"] for row in rows} - {None})
    return [
        Change(
            at=row["history_date"],
            recorded_at=row["at"],
            by=_person(people.get(row["history_user"])),
            door=str(Door(row["door"]).label) if row["door"] else "",
            reason=row["history_change_reason"] or "",
            what=(_("Chuyển đơn vị: giao cho %(units)s") if row["moved"] else _("Giao cho %(units)s"))
            % {
                "units": ngettext("%(count)d đơn vị", "%(count)d đơn vị", row["units"])
                % {"count": row["units"]}
            },
        )
        for row in rows
    ]
