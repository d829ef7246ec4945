"""The cast: a small committee and sector with one person of each kind, and short ways to give them work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.audit.context import Door, acting
from accounts.models import User
from accounts.roles import Role
from directives import services
from directives.models import Assignment, Directive, Document
from steering.models import (
    Committee,
    CommitteeStaff,
    Posting,
    Seat,
    SeatHolding,
    Succession,
    Unit,
    UnitKind,
    UnitName,
    UnitParent,
)
from steering.postings import appoint

PASSWORD = "Mat-khau-cua-vai-2023"
# 09:00 in Hà Nội on Thursday 1 June 2023: the day on which the cast's stories begin.
START = datetime(2023, 6, 1, 2, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def pdf(name: str = "bao-cao.pdf") -> SimpleUploadedFile:
    """Return a small upload that is a PDF by its content."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def at(day: int, month: int = 6, year: int = 2023, hour: int = 9) -> datetime:
    """Return an instant of the stories: 09:00 in Hà Nội on a day of June 2023 unless said otherwise."""
    return datetime(year, month, day, hour - 7, 0, tzinfo=UTC)


@dataclass
class Cast:
    committee: Committee
    ministry: Unit
    office: Unit
    hanoi: Unit
    hanoi_hospital: Unit
    danang: Unit
    quangnam: Unit
    vnpt: Unit
    chair_seat: Seat
    member_seat: Seat
    other_seat: Seat
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        """`cast.secretary`, `cast.officer` … : a person by their part."""
        try:
            person: User = self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None
        return person

    def document(self, **fields: Any) -> Document:
        """Return a saved draft document."""
        values: dict[str, Any] = {
            "committee": self.committee,
            "kind": Document.Kind.DECISION,
            "number": "1710/QĐ-BYT",
            "issued_on": date(2023, 4, 5),
            "subject": "Kế hoạch hành động thực hiện Nghị quyết 157",
            "issuer": "Bộ Y tế",
        } | fields
        return services.save_document(document=Document(**values), by=self.secretary, at=START)

    def draft(
        self,
        *,
        lead: Unit | None = None,
        units: Sequence[Unit] = (),
        document: Document | None = None,
        at: datetime = START,
        **fields: Any,
    ) -> Directive:
        """Return a draft directive with its units: joint when there is a lead, else each."""
        if document is None:
            document = Document.objects.filter(number="1710/QĐ-BYT").first() or self.document()
        values: dict[str, Any] = {
            "document": document,
            "content": "Xây dựng kế hoạch triển khai Nghị quyết số 157",
            "mode": Directive.Mode.JOINT if lead else Directive.Mode.EACH,
            "due_on": date(2023, 6, 30),
            "deadline_words": "trước 1/7/2023",
            "given_by": "Bộ Y tế",
            "supervisor": self.member_seat,
        } | fields
        directive = services.save_directive(directive=Directive(**values), by=self.secretary, at=at)
        return services.set_addressees(directive=directive, lead=lead, units=units, by=self.secretary, at=at)

    def issued(self, *, at: datetime = START, **fields: Any) -> Directive:
        """Return an issued directive (see `draft`)."""
        return services.issue(directive=self.draft(at=at, **fields), by=self.secretary, at=at)

    def assignment(self, unit: Unit | None = None, *, at: datetime = START, **fields: Any) -> Assignment:
        """Return one unit's live assignment of a new issued directive (mode each)."""
        unit = unit or self.hanoi
        return self.issued(units=[unit], at=at, **fields).assignments.get(unit=unit)


@cache
def _hashed_password() -> str:
    """One hash for the whole cast of a run: hashing is slow by design."""
    return make_password(PASSWORD)


def _person(username: str, full_name: str, *roles: Role, post: str = "") -> User:
    email = f"{username}@cast.example"
    user = User.objects.create(
        username=username, full_name=full_name, post=post, email=email, password=_hashed_password()
    )
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def _unit(code: str, name: str, kind: UnitKind, order: int, **fields: Any) -> Unit:
    mailbox = f"{code.replace('.', '-')}@cast.example"
    unit = Unit.objects.create(
        code=code, name=name, short_name=name, kind=kind, order=order, mailbox=mailbox, **fields
    )
    UnitName.objects.create(unit=unit, name=name)
    return unit


@transaction.atomic
def build_cast() -> Cast:
    """Create the committee, the units and the people; call inside a test that may use the database."""
    with acting(by=User.objects.system(), reason="Chuẩn bị", door=Door.JOB):
        ministry_kind = UnitKind.objects.get_or_create(code="bo", defaults={"name": "Bộ", "order": 1})[0]
        health = UnitKind.objects.get_or_create(code="so-y-te", defaults={"name": "Sở Y tế", "order": 9})[0]
        firm = UnitKind.objects.get_or_create(
            code="doanh-nghiep", defaults={"name": "Doanh nghiệp", "order": 12}
        )[0]
        ministry = _unit("byt", "Bộ Y tế", ministry_kind, 1)
        office = _unit("byt.vp", "Văn phòng Bộ", ministry_kind, 2)
        hanoi = _unit("syt.hanoi", "Sở Y tế thành phố Hà Nội", health, 10)
        hospital = _unit("syt.hanoi.bv", "Bệnh viện đa khoa minh họa", health, 11)
        danang = _unit("syt.danang", "Sở Y tế thành phố Đà Nẵng", health, 12)
        quangnam = _unit("syt.quangnam", "Sở Y tế tỉnh Quảng Nam", health, 13, valid_until=date(2025, 6, 30))
        vnpt = _unit("vnpt", "Tập đoàn Bưu chính Viễn thông Việt Nam", firm, 90, in_sector=False)
        UnitParent.objects.create(unit=office, parent=ministry)
        UnitParent.objects.create(unit=hospital, parent=hanoi)
        Succession.objects.create(from_unit=quangnam, to_unit=danang, takes_effect_on=date(2025, 7, 1))
        committee = Committee.objects.create(
            code="bcd", name="Ban Chỉ đạo minh họa", short_name="BCĐ CĐS", mailbox="bcd@cast.example"
        )
        seats = [
            Seat.objects.create(committee=committee, role=role, protocol_order=order)
            for order, role in enumerate((Seat.Role.CHAIR, Seat.Role.MEMBER, Seat.Role.MEMBER), start=1)
        ]
        cast = Cast(
            committee, ministry, office, hanoi, hospital, danang, quangnam, vnpt, seats[0], seats[1], seats[2]
        )
        cast.people = {
            "secretary": _person("thuky", "Nguyễn Thư Ký", Role.SECRETARIAT),
            "second_secretary": _person("thuky2", "Trần Thư Ký Hai", Role.SECRETARIAT),
            "chair": _person("truongban", "Lê Trưởng Ban", Role.LEADER, post="Bộ trưởng"),
            "member": _person("uyvien", "Phạm Ủy Viên", Role.MEMBER),
            "other_member": _person("uyvien2", "Hoàng Ủy Viên Hai", Role.MEMBER),
            "officer": _person("syt.hanoi", "Đỗ Chuyên Viên", Role.UNIT_OFFICER),
            "head": _person("gd.syt.hanoi", "Vũ Giám Đốc", Role.UNIT_HEAD, post="Giám đốc"),
            "hospital_officer": _person("bv.hanoi", "Bùi Bệnh Viện", Role.UNIT_OFFICER),
            "danang_officer": _person("syt.danang", "Ngô Đà Nẵng", Role.UNIT_OFFICER),
            "danang_head": _person("gd.syt.danang", "Dương Giám Đốc", Role.UNIT_HEAD),
            "ministry_officer": _person("byt", "Lý Cấp Trên", Role.UNIT_OFFICER),
            "auditor": _person("kiemtra", "Mai Kiểm Tra", Role.AUDITOR),
            "administrator": _person("quantri", "Tạ Quản Trị", Role.ADMINISTRATOR),
            "stranger": _person("nguoila", "Người Lạ"),
        }
        for name in ("secretary", "second_secretary"):
            CommitteeStaff.objects.create(committee=committee, user=cast.people[name])
        for seat, name in zip(seats, ("chair", "member", "other_member"), strict=True):
            person = cast.people[name]
            SeatHolding.objects.create(
                seat=seat, person=person.full_name, post=person.post, user=person, email=person.email
            )
        by = User.objects.system()
        for name, unit, duty in (
            ("officer", hanoi, Posting.Duty.OFFICER),
            ("head", hanoi, Posting.Duty.HEAD),
            ("hospital_officer", hospital, Posting.Duty.OFFICER),
            ("danang_officer", danang, Posting.Duty.OFFICER),
            ("danang_head", danang, Posting.Duty.HEAD),
            ("ministry_officer", ministry, Posting.Duty.OFFICER),
        ):
            appoint(user=cast.people[name], unit=unit, duty=duty, by=by)
    return cast
