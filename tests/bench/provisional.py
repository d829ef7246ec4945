# ruff: noqa: B905, E501
"""A flat sector by plain SQL until `directives.sector` is there."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction

from accounts.audit.context import acting
from accounts.audit.owner import as_owner
from accounts.models import User
from accounts.roles import Role
from directives.models import Assignment, Directive, Document
from steering.models import (
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Unit,
    UnitKind,
    UnitParent,
    UnitUserObjectPermission,
)
from tests.bench.sector import _TABLES


def generate(*, units: int, directives: int, seed: int, on: date) -> None:
    tables = (
        *_TABLES,
        *(
            m._meta.db_table
            for m in (CommitteeStaff, Seat, SeatHolding, UnitParent, Assignment.history.model)
        ),
    )
    with acting(by=User.objects.system(), reason="Đo"), transaction.atomic():
        committee = Committee.objects.create(
            code="bcd", name="Ban Chỉ đạo", short_name="BCĐ", mailbox="b@b.example"
        )
        kind = UnitKind.objects.get_or_create(code="so-y-te", defaults={"name": "Sở Y tế", "order": 9})[0]
    with as_owner(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        made = Unit.objects.bulk_create(
            Unit(code=f"d{n}", name=f"Đơn vị y tế số {n}", kind=kind, order=n, mailbox=f"dv{n}@b.example")
            for n in range(units)
        )
        under = max(3, units // 5)
        UnitParent.objects.bulk_create(UnitParent(unit=u, parent=made[0]) for u in made[1 : 1 + under])
        groups = {g.name: g for g in Group.objects.all()}
        people = [
            *((f"cv.d{n}", Role.UNIT_OFFICER) for n in range(units)),
            *((f"tt.d{n}", Role.UNIT_HEAD) for n in range(units)),
            ("thu-ky", Role.SECRETARIAT),
            ("chu-tich", Role.LEADER),
            ("uy-vien", Role.MEMBER),
            ("kiem-toan", Role.AUDITOR),
            ("quan-tri", Role.ADMINISTRATOR),
        ]
        users = User.objects.bulk_create(
            User(username=n, full_name=f"Người {n}", password="!", email=f"{n}@b.example") for n, _r in people
        )
        User.groups.through._default_manager.bulk_create(
            User.groups.through(user_id=u.pk, group_id=groups[r.value].pk)
            for u, (_n, r) in zip(users, people)
        )
        rights = {p.codename: p for p in Permission.objects.filter(content_type__app_label="steering")}
        for offset, duty, codes in (
            (0, "officer", ("see_unit", "report_unit")),
            (units, "head", ("see_unit", "report_unit", "submit_unit")),
        ):
            posts = Posting.objects.bulk_create(
                Posting(user=users[offset + n], unit=made[n], duty=duty) for n in range(units)
            )
            UnitUserObjectPermission.objects.bulk_create(
                UnitUserObjectPermission(
                    user_id=p.user_id, content_object_id=p.unit_id, permission=rights[c], posting=p
                )
                for p in posts
                for c in codes
            )
        named = {u.username: u for u in users[2 * units :]}
        CommitteeStaff.objects.bulk_create([CommitteeStaff(committee=committee, user=named["thu-ky"])])
        seats = Seat.objects.bulk_create(
            [Seat(committee=committee, role=r, protocol_order=n) for n, r in enumerate(("chair", "member"))]
        )
        SeatHolding.objects.bulk_create(
            SeatHolding(seat=s, person=named[n].full_name, user=named[n], email=named[n].email)
            for s, n in zip(seats, ("chu-tich", "uy-vien"))
        )
        documents = Document.objects.bulk_create(
            Document(
                committee=committee,
                kind=Document.Kind.DECISION,
                number=f"{n}/QĐ-BYT",
                subject=f"Văn bản {n}",
                issuer="Bộ Y tế",
                issued_on=date(2026, 1, 5),
                state="issued",
                version=1,
            )
            for n in range(max(1, directives // 20))
        )
        Directive.objects.bulk_create(
            Directive(
                committee=committee,
                document=documents[n % len(documents)],
                ordinal=n,
                code=f"{n}/QĐ-BYT – {n}",
                mode="each",
                supervisor=seats[1] if n % 3 == 0 else None,
                content=f"Xây dựng và ban hành kế hoạch triển khai nội dung số {n}, bảo đảm các mục tiêu được giao về chuyển đổi số",
                state="issued",
                version=1,
            )
            for n in range(directives)
        )
        cursor.execute(_ASSIGNMENTS, {"on": on})
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name='directives_assignment'"
        )
        columns = {row[0] for row in cursor.fetchall()}
        history = Assignment.history.model
        shared = [f.column for f in history._meta.concrete_fields if f.column in columns]
        extra = "history_date, history_type, history_change_reason, history_user_id"
        cursor.execute(
            f"INSERT INTO {history._meta.db_table} ({', '.join(shared)}, {extra}, door) "
            f"SELECT {', '.join(shared)}, created_at, '+', 'Giao', 1, 'job' FROM directives_assignment"
        )
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


_ASSIGNMENTS = """INSERT INTO directives_assignment
        (version, directive_id, unit_id, period, part, status, status_before, progress, assigned_on, due_on,
         original_due_on, completed_on, submitted_on, created_at)
    SELECT 1, d.id, u.id, '', 'each', st, '', CASE st WHEN 'assigned' THEN 0 WHEN 'in_progress' THEN (r * 100)::int ELSE 100 END,
        %(on)s::date - 200, due, due, CASE st WHEN 'completed' THEN due END, CASE WHEN st IN ('submitted', 'completed') THEN due END, now()
    FROM steering_unit u CROSS JOIN directives_directive d
    CROSS JOIN LATERAL (SELECT ((u.id * 7919 + d.id * 104729) %% 1000) / 1000.0 AS r) rr
    CROSS JOIN LATERAL (SELECT CASE WHEN r < 0.05 THEN 'assigned' WHEN r < 0.25 THEN 'in_progress' WHEN r < 0.3 THEN 'submitted' ELSE 'completed' END AS st,
        CASE WHEN r < 0.27 THEN %(on)s::date + 60 - (d.ordinal %% 90)::int ELSE %(on)s::date - (d.ordinal %% 300)::int END AS due) s"""
