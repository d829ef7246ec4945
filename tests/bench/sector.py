"""A sector to measure reminders on: units with an officer and a mailbox each, and directives given to every unit."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction

from accounts.audit.context import acting
from accounts.audit.owner import as_owner
from accounts.models import User
from accounts.roles import Role
from directives.models import Assignment, Directive, Document, PolicyStep, ReminderPolicy
from steering.models import Committee, Posting, Unit, UnitKind, UnitUserObjectPermission
from tests.bench.registry import Sizes

# The morning that is measured: a Monday.
ON = date(2026, 11, 23)
Audience = PolicyStep.Audience
LADDER = ((-7, None), (-3, None), (-1, None), (0, None), (1, None), (3, 7))

_TABLES = tuple(
    model._meta.db_table
    for model in (
        User,
        User.groups.through,
        Unit,
        Posting,
        UnitUserObjectPermission,
        Document,
        Directive,
        Assignment,
    )
)


def fill(sizes: Sizes) -> Committee:
    """Fill an empty database by plain SQL. The guards sleep meanwhile: what is measured comes afterwards."""
    units = sizes.recipients // 2
    with acting(by=User.objects.system(), reason="Đo"), transaction.atomic():
        committee = Committee.objects.create(
            code="bcd", name="Ban Chỉ đạo đo tốc độ", short_name="BCĐ", mailbox="bcd@bench.example"
        )
        kind = UnitKind.objects.get_or_create(code="so-y-te", defaults={"name": "Sở Y tế", "order": 9})[0]
        policy = ReminderPolicy.objects.create(committee=committee, name="Đo")
        for audience in (Audience.OFFICERS, Audience.MAILBOX):
            for offset, every in LADDER:
                PolicyStep.objects.create(
                    policy=policy, audience=audience, offset_days=offset, repeat_every_days=every
                )
    directives = sizes.assignments // units
    is_open = sizes.due // units
    with as_owner(), connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        _people(units, kind)
        _directives(committee, directives)
        cursor.execute(_ASSIGNMENTS, {"open": is_open, "on": ON})
        for table in _TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(_EARLIER_MAILS, {"on": ON - timedelta(days=3), "committee": committee.pk})
        cursor.execute("ANALYZE")
    return committee


def _people(count: int, kind: UnitKind) -> None:
    units = Unit.objects.bulk_create(
        Unit(code=f"d{n}", name=f"Sở Y tế số {n}", kind=kind, order=n, mailbox=f"dv{n}@bench.example")
        for n in range(count)
    )
    users = User.objects.bulk_create(
        User(username=f"cv{n}", full_name=f"Chuyên viên {n}", password="!", email=f"cv{n}@bench.example")
        for n in range(count)
    )
    group = Group.objects.get(name=Role.UNIT_OFFICER.value)
    through = User.groups.through
    through._default_manager.bulk_create(through(user_id=user.pk, group_id=group.pk) for user in users)
    postings = Posting.objects.bulk_create(
        Posting(user=user, unit=unit, duty=Posting.Duty.OFFICER)
        for user, unit in zip(users, units, strict=True)
    )
    rights = Permission.objects.filter(
        codename__in=("see_unit", "report_unit"), content_type__app_label="steering"
    )
    UnitUserObjectPermission.objects.bulk_create(
        UnitUserObjectPermission(
            user_id=posting.user_id, content_object_id=posting.unit_id, permission=right, posting=posting
        )
        for posting in postings
        for right in rights
    )


def _directives(committee: Committee, count: int) -> None:
    document = Document(
        committee=committee, kind=Document.Kind.DECISION, number="1/QĐ-BYT", subject="Đo", issuer="Bộ Y tế",
        issued_on=date(2026, 1, 5), state=Document.State.ISSUED, version=1,
    )  # fmt: skip
    Document.objects.bulk_create([document])
    Directive.objects.bulk_create(
        Directive(
            committee=committee, document=document, ordinal=n, code=f"1/QĐ-BYT – {n}", mode=Directive.Mode.EACH,
            content=f"Xây dựng và ban hành kế hoạch triển khai nội dung số {n}, bảo đảm các mục tiêu được giao",
            state=Directive.State.ISSUED, version=1,
        )
        for n in range(count)
    )  # fmt: skip


# Of each unit's directives the first are open and due, from a week ahead to a month ago; the rest is done.
_ASSIGNMENTS = """INSERT INTO directives_assignment
        (version, directive_id, unit_id, period, part, status, status_before, progress, assigned_on, due_on,
         original_due_on, completed_on, created_at)
    SELECT 1, d.id, u.id, '', 'each', CASE WHEN d.ordinal < %(open)s THEN 'in_progress' ELSE 'completed' END, '', 40,
        date '2026-06-01', due, due, CASE WHEN d.ordinal < %(open)s THEN NULL ELSE due END, now()
    FROM steering_unit u CROSS JOIN directives_directive d
    CROSS JOIN LATERAL (SELECT %(on)s::date + 7 - (d.ordinal %% 40)::int AS due) dated"""

# The morning that is measured is not the first: of an empty table of mails PostgreSQL keeps plans that suit no other.
_EARLIER_MAILS = """INSERT INTO directives_message
        (committee_id, kind, "on", recipient_key, recipient_name, address, unit_id, subject, text, html, message_id,
         in_reply_to, composed_at, at_any_hour, state, attempts, next_attempt_at, sent_at, abandoned, error,
         image_alt, tells_restricted)
    SELECT %(committee)s, 'digest', %(on)s, 'unit:' || id, name, mailbox, id, 'Nhắc việc', 'Nhắc việc',
        '<p>Nhắc việc</p>', '<earlier.' || id || '@bench.example>', '', %(on)s, false, 'sent', 1, %(on)s, %(on)s, 0,
        '', '', false
    FROM steering_unit WHERE mailbox <> ''"""
