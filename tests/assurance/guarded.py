"""What is guarded, a row of each kind to attack, and another value for each of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from accounts.audit import guards
from accounts.audit.context import acting
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.audit.record_sql import history_model
from accounts.audit.seals.models import Check, CheckRequest, Seal, SealBlock
from directives import services
from directives.models import (
    AddressProblem,
    Assignment,
    MailPreference,
    Message,
    MessageEvent,
    Note,
    PolicyStep,
    Reconciliation,
    Reminder,
    ReminderPolicy,
)
from steering.models import Assistant, CalendarDay, Seat, SeatHolding, UnitAlias
from tests.cast import Cast, at, pdf

TEXT = "đổi"


@dataclass(frozen=True)
class Target:
    """One column of one row, and the value that somebody wants to write into it past the history."""

    model: type[models.Model]
    pk: Any
    field: Any
    value: Any

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        column = self.model._meta.pk.column
        return str(column)

    @property
    def column(self) -> str:
        return str(self.field.column)

    @property
    def written_once(self) -> bool:
        """Whether the row is itself a record: then no change of it can be recorded."""
        return self.model in guards.append_only_models()

    def one(self) -> models.Model:
        """Return the row as it is now."""
        return self.model._default_manager.get(pk=self.pk)

    def present(self) -> str | None:
        """Return what the column holds, as text; None also when the row is gone."""
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{self.column}"::text FROM "{self.table}" WHERE "{self.key}" = %s', [self.pk]
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def recorded(self) -> list[str | None]:
        """Return the column's values in the history rows of the present transaction."""
        if self.written_once:
            return []
        past = history_model(self.model)._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{self.column}"::text FROM "{past}" WHERE id = %s AND history_type <> %s'
                " AND recorded_xid = pg_current_xact_id()::text::bigint ORDER BY history_id",
                [self.pk, "-"],
            )
            return [value for (value,) in cursor.fetchall()]

    def is_deleted(self) -> bool:
        return not self.model._default_manager.filter(pk=self.pk).exists()


@transaction.atomic
def populate(cast: Cast) -> None:
    """Add to the spread a row of each kind that it lacks."""
    row = cast.assignment(ordinal=90)
    services.report(assignment=row, by=cast.officer, at=at(2), percent=10, text="Đang làm", uploads=[pdf()])
    services.add_note(
        assignment=row,
        by=cast.secretary,
        at=at(2),
        kind=Note.Kind.PHONE,
        held_on=date(2023, 6, 2),
        text="Đã gọi",
    )
    letter = services.LetterData(number="9/SYT", dated_on=date(2023, 6, 2), signer="A", uploads=[pdf()])
    services.accept(
        assignment=cast.assignment(cast.danang, ordinal=91), by=cast.secretary, at=at(3), letter=letter
    )
    restricted = cast.issued(units=[cast.hanoi], is_restricted=True, ordinal=93)
    services.grant_view(
        directive=restricted, person=cast.hospital_officer, by=cast.secretary, at=at(2), reason="Phối hợp"
    )
    cast.draft(units=[cast.hanoi], ordinal=92)
    other = cast.document(number="828/QĐ-BYT")
    services.relate_documents(
        document=row.directive.document, kind="implements", other=other, by=cast.secretary, at=at(2)
    )  # fmt: skip
    with acting(by=cast.administrator, reason="Chuẩn bị"):
        policy = ReminderPolicy.objects.create(committee=cast.committee, name="Chính sách")
        step = PolicyStep.objects.create(policy=policy, audience="officers", offset_days=0)
        holding = SeatHolding.objects.filter(seat__role=Seat.Role.CHAIR).get()
        Assistant.objects.create(holding=holding, person="Trợ lý", email="troly@cast.example")
        _mail(row, step, cast)
        _seal(cast)
        CalendarDay.objects.create(day=date(2024, 4, 26), kind="day_off", name="Nghỉ bù")
        Reconciliation.objects.create(
            on=date(2023, 6, 9), at=at(9), missing=0, failed=0, no_address=0, waiting=0, sent=1
        )
        UnitAlias.objects.create(unit=cast.hanoi, alias="SYT HN")
        AddressProblem.objects.create(
            address="dong@cast.example",
            kind=AddressProblem.Kind.REFUSED,
            said="Không có hộp thư",
            noted_at=at(9),
        )
        MailPreference.objects.create(user=cast.officer)


def _mail(row: Assignment, step: PolicyStep, cast: Cast) -> None:
    message = Message.objects.create(
        committee=cast.committee,
        kind=Message.Kind.DIGEST,
        on=date(2023, 6, 9),
        recipient_key=f"user:{cast.officer.pk}",
        recipient_name="Chuyên viên",
        address="nhan@cast.example",
        subject="Nhắc việc",
        text="Nội dung",
        html="<p>Nội dung</p>",
        message_id="<mot@cast.example>",
        composed_at=at(9),
        next_attempt_at=at(9),
    )
    Reminder.objects.create(
        assignment=row,
        step=step,
        falls_on=date(2023, 6, 9),
        due_on=date(2023, 6, 30),
        recipient_key=message.recipient_key,
        planned_on=date(2023, 6, 9),
        message=message,
    )
    MessageEvent.objects.create(message=message, kind=MessageEvent.Kind.COMPOSED, at=at(9))


def _seal(cast: Cast) -> None:
    """Rows as a seal and a check of it leave them; what they say is not looked at here."""
    record(AccessLog.Kind.EXPORT, actor=cast.secretary, what="Phân công")
    said = {
        "number": 1,
        "sealed_at": at(9),
        "format": 1,
        "system": "1",
        "snapshot": "1:1:",
        "tables": [],
        "rows": 0,
    }
    seal = Seal.objects.create(**said, hash="0" * 64, by=cast.secretary)
    SealBlock.objects.create(seal=seal, table_name="audit_accesslog", ordinal=1, keys=[1], digests=bytes(32))
    asked = CheckRequest.objects.create(at=at(9), by=cast.auditor)
    found = {"seals": 1, "rows": 0, "unsealed": 0, "found": 0}
    Check.objects.create(request=asked, started_at=at(9), finished_at=at(9), by=cast.auditor, **found)


def guarded_models() -> list[type[models.Model]]:
    """Return every model that the database guards, records included."""
    return [
        *(entry.model for entry in guards.guards()),
        *guards.tracked_models(),
        *guards.append_only_models(),
    ]


def targets(*, every_column: bool) -> Iterator[Target]:
    """Yield the guarded columns of one row of each guarded model: all of them, or one date or text of each model."""
    for model in guarded_models():
        row = model._default_manager.order_by("-pk").first()
        if row is None:
            continue
        fields = [field for field in _columns(model) if not field.primary_key and not field.generated]
        if not every_column:
            fields = sorted(fields, key=lambda field: (field.is_relation, bool(field.choices)))[:1]
        for field in fields:
            yield Target(model, row.pk, field, _other(row, field))


def _columns(model: type[models.Model]) -> list[Any]:
    if model in guards.append_only_models():
        return list(model._meta.concrete_fields)
    tracked = {field.name for field in history_model(model).tracked_fields}  # type: ignore[attr-defined]
    return [field for field in model._meta.concrete_fields if field.name in tracked]


OTHERS: dict[type[Any], Callable[[Any], Any]] = {
    models.BooleanField: lambda present: not present,
    models.DateTimeField: lambda present: (present or at(1)) + timedelta(days=1),
    models.DateField: lambda present: (present or date(2031, 1, 1)) + timedelta(days=1),
    models.IntegerField: lambda present: (present or 0) + 1,
    models.GenericIPAddressField: lambda present: "10.9.8.7",
    models.EmailField: lambda present: "doi@cast.example",
    models.BinaryField: lambda present: b"doi",
    models.JSONField: lambda present: {"doi": 1},
}


def _other(row: models.Model, field: Any) -> Any:
    """Return another value that the column's type would take."""
    present = getattr(row, field.attname)
    if field.is_relation:
        others = field.related_model._default_manager.exclude(pk=present).order_by("pk")
        return others.values_list("pk", flat=True).first()
    if field.choices:
        # Where there is one choice only, what is none.
        return next((str(value) for value, _label in field.flatchoices if value and value != present), "x")
    if isinstance(field, ArrayField):
        return [*present, 1 if isinstance(field.base_field, models.IntegerField) else "x"]
    for kind, other in OTHERS.items():
        if isinstance(field, kind):
            return other(present)
    return TEXT if field.max_length is None or field.max_length >= len(TEXT) else "x"
