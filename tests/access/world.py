"""What the people of the matrix are shown or refused: one object of each kind, marked by words of its own.

`own` was given to Hà Nội, whose people are the officer and the head; `foreign` is of another committee and of a unit
without people; `restricted` was given to Hà Nội, too; `joint` is Hà Nội's lead part that Đà Nẵng coordinates;
`draft` was not given yet; `closed` is as `own`, but done and confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from accounts.audit.context import acting
from accounts.audit.log import record
from accounts.audit.models import AccessLog
from accounts.models import User
from accounts.roles import Role
from directives import services
from directives.models import (
    AddressProblem,
    Assignment,
    Attachment,
    Directive,
    Document,
    DocumentRelation,
    Message,
    PolicyStep,
    Reminder,
    ReminderPolicy,
)
from directives.reminders.addresses import note_problem
from steering.models import (
    CalendarDay,
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Unit,
    UnitKind,
    UnitParent,
)
from steering.postings import appoint
from tests.cast import Cast, _person, _unit, at, pdf

# The columns of the table, in order: the cast's people by what they are here.
PEOPLE: dict[str, str] = {
    "anonymous": "",
    "stranger": "stranger",
    "officer": "officer",
    "other": "danang_officer",
    "parent": "parent_officer",
    "below": "hospital_officer",
    "head": "head",
    "member": "member",
    "member2": "other_member",
    "chair": "chair",
    "vice": "vice_chair",
    "secretary": "secretary",
    "auditor": "auditor",
    "admin": "administrator",
}
OBJECTS = ("own", "foreign", "restricted", "joint", "draft", "closed")


def searched(name: str) -> str:
    """Return the word by which an object is searched for."""
    return f"zq{name}"


def mark(name: str) -> str:
    """Return the word that tells, on any page, that the object is known (lower case)."""
    return f"lq{name}"


def content_mark(name: str) -> str:
    """Return the word in an object's content (lower case)."""
    return f"nd{name}"


@dataclass
class World:
    """Ids by the parameter of an address and the name of the object: `ids["document"]["foreign"]`."""

    people: dict[str, User | None]
    ids: dict[str, dict[str, int]]
    committee: Committee
    foreign_committee: Committee
    foreign_seat: Seat
    units: dict[str, Unit] = field(default_factory=dict)


@transaction.atomic
def build_world(cast: Cast) -> World:
    """Create the objects through the services; the cast gets a vice chair and an officer of the unit above Hà Nội."""
    foreign = _other_committee(cast)
    _more_people(cast)
    ids: dict[str, dict[str, int]] = {}
    second = cast.people["foreign_secretary"]
    directives = {
        "own": _directive(cast, "own", cast.secretary, units=[cast.hanoi], supervisor=cast.member_seat),
        "restricted": _directive(
            cast,
            "restricted",
            cast.secretary,
            units=[cast.hanoi],
            supervisor=cast.member_seat,
            is_restricted=True,
        ),
        "joint": _directive(
            cast, "joint", cast.secretary, lead=cast.hanoi, units=[cast.danang], supervisor=cast.member_seat
        ),
        "foreign": _directive(
            cast, "foreign", second, units=[cast.quangnam], committee=foreign.committee, supervisor=foreign
        ),
        "draft": _directive(cast, "draft", cast.secretary, units=[cast.hanoi], issued=False),
        "closed": _directive(cast, "closed", cast.secretary, units=[cast.hanoi], supervisor=cast.member_seat),
    }
    with acting(by=cast.administrator, reason="Thử"):
        policies = {
            name: ReminderPolicy.objects.create(committee=committee, name=mark(name))
            for name, committee in (("own", cast.committee), ("foreign", foreign.committee))
        }
        steps = {
            name: PolicyStep.objects.create(policy=policy, audience="officers", offset_days=0)
            for name, policy in policies.items()
        }
    for name, directive in directives.items():
        ids.setdefault("directive", {})[name] = directive.pk
        ids.setdefault("document", {})[name] = directive.document_id
        file = Attachment.objects.get(document=directive.document_id)
        ids.setdefault("attachment", {})[name] = ids.setdefault("document_file", {})[name] = file.pk
        ids.setdefault("relation", {})[name] = _relation(directive, cast, second).pk
        if directive.state == Directive.State.DRAFT:
            continue
        row = directive.assignments.order_by("pk").first()
        assert row is not None
        ids.setdefault("assignment", {})[name] = row.pk
        _work(cast, row, name, second)
        step = steps["foreign" if name == "foreign" else "own"]
        message = _message(row, step, name, cast.officer)
        ids.setdefault("message", {})[name] = message.pk
        if name in ("own", "foreign"):
            ids.setdefault("problem", {})[name] = _problem(message).pk
        report = row.reports.order_by("pk").first()
        if report is not None:
            ids["attachment"][name] = report.files.get().pk
    grant = services.grant_view(
        directive=directives["restricted"], person=second, by=cast.secretary, at=at(2), reason="Phối hợp"
    )
    with acting(by=cast.administrator, reason="Thử"):
        day = CalendarDay.objects.create(day=date(2024, 4, 26), kind="day_off", name="Nghỉ bù")
    one = {
        "grant": grant.pk,
        "policy": policies["own"].pk,
        "unit": cast.hanoi.pk,
        "unitkind": cast.hanoi.kind_id,
        "committee": cast.committee.pk,
        "seat": cast.member_seat.pk,
        "seatholding": SeatHolding.objects.get(seat=cast.member_seat).pk,
        "calendarday": day.pk,
        "user": cast.officer.pk,
        "accesslog": record(AccessLog.Kind.EXPORT, actor=cast.officer, what="Phân công: 3 dòng").pk,
    }
    ids |= {name: {"own": pk} for name, pk in one.items()}
    ids["policy"]["foreign"] = policies["foreign"].pk
    ids["step"] = {name: step.pk for name, step in steps.items()}
    ids["committee"]["foreign"] = foreign.committee_id
    ids["seat"]["foreign"] = foreign.pk
    ids["seatholding"]["foreign"] = SeatHolding.objects.get(seat=foreign).pk
    people = {column: cast.people[name] if name else None for column, name in PEOPLE.items()}
    units = {"hanoi": cast.hanoi, "danang": cast.danang, "quangnam": cast.quangnam, "office": cast.office}
    return World(people, ids, cast.committee, foreign.committee, foreign, units)


def _other_committee(cast: Cast) -> Seat:
    """A second committee with a secretariat and one member's seat."""
    with acting(by=cast.administrator, reason="Thử"):
        committee = Committee.objects.create(
            code="khac", name=f"Ban {mark('foreign')}", short_name="BCĐ KHÁC"
        )
        seat = Seat.objects.create(committee=committee, role=Seat.Role.MEMBER, protocol_order=1)
        SeatHolding.objects.create(
            seat=seat, person=f"Ủy Viên {mark('foreign')}", email="lqforeign@cast.example"
        )
        cast.people["foreign_secretary"] = _person("thuky.khac", "Thư Ký Khác", Role.SECRETARIAT)
        CommitteeStaff.objects.create(committee=committee, user=cast.people["foreign_secretary"])
    return seat


def _more_people(cast: Cast) -> None:
    with acting(by=cast.administrator, reason="Thử"):
        seat = Seat.objects.create(committee=cast.committee, role=Seat.Role.VICE_CHAIR, protocol_order=9)
        vice = cast.people["vice_chair"] = _person("photruongban", "Đặng Phó Ban", Role.LEADER)
        SeatHolding.objects.create(seat=seat, person=vice.full_name, user=vice, email=vice.email)
        kind = UnitKind.objects.get(code="bo")
        above = _unit("ubnd.hanoi", "Đơn vị cấp trên minh họa", kind, 3)
        UnitParent.objects.create(unit=cast.hanoi, parent=above)
        cast.people["parent_officer"] = _person("ubnd", "Hồ Cấp Trên", Role.UNIT_OFFICER)
    appoint(user=cast.people["parent_officer"], unit=above, duty=Posting.Duty.OFFICER, by=cast.administrator)


def _directive(
    cast: Cast,
    name: str,
    by: User,
    *,
    units: list[Unit],
    lead: Unit | None = None,
    issued: bool = True,
    committee: Committee | None = None,
    **fields: Any,
) -> Directive:
    words = f"{searched(name)} {mark(name)}"
    document = services.save_document(
        document=Document(
            committee=committee or cast.committee,
            kind=Document.Kind.DECISION,
            number=f"90{OBJECTS.index(name)}/QĐ-{mark(name).upper()}",
            issued_on=date(2023, 5, 5),
            subject=f"Trích yếu {words}",
            issuer=f"Cơ quan {mark(name)}",
        ),
        by=by,
        at=at(1),
        uploads=[pdf(f"{mark(name)}.pdf")],
    )
    directive = services.save_draft(
        directive=Directive(
            document=document,
            content=f"Nội dung {words} {content_mark(name)}",
            mode=Directive.Mode.JOINT if lead else Directive.Mode.EACH,
            due_on=date(2023, 6, 30),
            given_by=f"Người giao {mark(name)}",
            **fields,
        ),
        lead=lead,
        units=units,
        own_dates={},
        by=by,
        at=at(1),
    )
    return services.issue(directive=directive, by=by, at=at(1)) if issued else directive


def _relation(directive: Directive, cast: Cast, second: User) -> DocumentRelation:
    """Each document implements one more, which says nothing."""
    document = directive.document
    by = second if document.committee_id != cast.committee.pk else cast.secretary
    other = services.save_document(
        document=Document(
            committee=document.committee,
            kind=Document.Kind.RESOLUTION,
            number=f"{directive.pk}/NQ-CP",
            issued_on=date(2022, 1, 5),
            subject=mark("foreign") if by is second else "Nghị quyết",
            issuer="Chính phủ",
        ),
        by=by,
        at=at(1),
    )
    return services.relate_documents(document=document, kind="implements", other=other, by=by, at=at(1))


def _work(cast: Cast, row: Assignment, name: str, second: User) -> None:
    """A report with a file, an open request for extension and an exchange, each with the object's words."""
    words = f"{mark(name)} {content_mark(name)}"
    if name == "foreign":
        letter = services.LetterData(number="1/LQFOREIGN", dated_on=date(2023, 6, 3), uploads=[pdf()])
        services.report(assignment=row, by=second, at=at(5), percent=30, text=words, uploads=[
            pdf(f"bc-{mark(name)}.pdf")], letter=letter)  # fmt: skip
        services.add_note(
            assignment=row, by=second, at=at(7), kind="phone", held_on=date(2023, 6, 7), text=words
        )
        return
    services.report(
        assignment=row,
        by=cast.officer,
        at=at(5),
        percent=30,
        text=words,
        uploads=[pdf(f"bc-{mark(name)}.pdf")],
    )
    if name == "closed":
        services.submit(assignment=row, by=cast.head, at=at(8), text=words, uploads=[pdf()])
        services.confirm(assignment=row, by=cast.secretary, at=at(9))
        return
    services.ask_extension(
        assignment=row, by=cast.officer, at=at(6), due_on=date(2023, 7, 20), reason=f"trong-{words}"
    )
    services.add_note(
        assignment=row,
        by=cast.secretary,
        at=at(7),
        kind="phone",
        held_on=date(2023, 6, 7),
        text=f"trong-{words}",
    )


def _problem(message: Message) -> AddressProblem:
    return note_problem(
        message.address,
        kind=AddressProblem.Kind.BOUNCED,
        said="Thư bị trả lại",
        detail="550 5.1.1",
        at=at(9),
        message=message,
    )


def _message(row: Assignment, step: PolicyStep, name: str, to: User) -> Message:
    message = Message.objects.create(
        committee=row.directive.committee,
        kind=Message.Kind.DIGEST,
        on=date(2023, 6, 9) + timedelta(days=OBJECTS.index(name)),
        recipient_key=f"user:{to.pk}",
        user=to,
        recipient_name=f"Người nhận {mark(name)}",
        address=f"{mark(name)}@cast.example",
        subject=f"Nhắc {searched(name)} {mark(name)}",
        text=content_mark(name),
        html=f"<p>{content_mark(name)}</p>",
        message_id=f"<{name}@cast.example>",
        composed_at=at(9),
        next_attempt_at=at(9),
        state=Message.State.SENT,
        sent_at=at(9),
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
    return message
