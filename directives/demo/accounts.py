"""The accounts of the demo: roles, never persons. Their mail goes to the reserved top-level name `.example`."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from steering.models import Assistant, Committee, CommitteeStaff, Posting, Seat, SeatHolding, Unit
from steering.postings import appoint


@dataclass(frozen=True)
class DemoAccount:
    username: str
    full_name: str
    post: str
    role: Role

    @property
    def email(self) -> str:
        return f"{self.username.replace('.', '-')}@demo.example"


ACCOUNTS = (
    DemoAccount("quantri", "Quản trị viên minh họa", "Quản trị hệ thống", Role.ADMINISTRATOR),
    DemoAccount("thuky", "Thư ký minh họa", "Chuyên viên Tổ thư ký", Role.SECRETARIAT),
    DemoAccount("truongban", "Trợ lý Trưởng ban minh họa", "Tài khoản minh họa", Role.LEADER),
    DemoAccount("uyvien", "Ủy viên minh họa", "Tài khoản minh họa", Role.MEMBER),
    DemoAccount("syt.hanoi", "Chuyên viên minh họa Hà Nội", "Chuyên viên đầu mối", Role.UNIT_OFFICER),
    DemoAccount("syt.danang", "Chuyên viên minh họa Đà Nẵng", "Chuyên viên đầu mối", Role.UNIT_OFFICER),
    DemoAccount("gd.syt.hanoi", "Giám đốc minh họa Hà Nội", "Thủ trưởng đơn vị", Role.UNIT_HEAD),
    DemoAccount("kiemtra", "Kiểm tra viên minh họa", "Kiểm tra, giám sát", Role.AUDITOR),
)
POSTINGS = (
    ("syt.hanoi", "syt.hanoi", Posting.Duty.OFFICER),
    ("gd.syt.hanoi", "syt.hanoi", Posting.Duty.HEAD),
    ("syt.danang", "syt.danang", Posting.Duty.OFFICER),
)


def create_accounts(
    committee: Committee, units: dict[str, Unit], *, password: str, by: User
) -> dict[str, User]:
    """Create the accounts with their roles, postings and seats; returns them by user name.

    Nobody's account is that of a real person: the chair's is an assistant's, the member's has one of the
    seats whose holders are not published. Call within `acting(by=…, reason=…, door=…)`.
    """
    groups = {group.name: group for group in Group.objects.all()}
    # Hashing is slow by design: once, for one password.
    hashed = make_password(password)
    people: dict[str, User] = {}
    for row in ACCOUNTS:
        user = User(username=row.username, full_name=row.full_name, post=row.post, email=row.email)
        user.password = hashed
        user.save()
        user.groups.add(groups[row.role.value])
        people[row.username] = user
    CommitteeStaff.objects.create(committee=committee, user=people["thuky"])
    _seat(committee, people)
    for username, code, duty in POSTINGS:
        appoint(user=people[username], unit=units[code], duty=duty, by=by)
    return people


def _seat(committee: Committee, people: dict[str, User]) -> None:
    chair = SeatHolding.objects.get(seat__committee=committee, seat__role=Seat.Role.CHAIR)
    assistant, member = people["truongban"], people["uyvien"]
    Assistant.objects.create(holding=chair, person=assistant.full_name, email=assistant.email, user=assistant)
    SeatHolding.objects.create(
        seat=member_seat(committee),
        person=member.full_name,
        post=member.post,
        email=member.email,
        user=member,
    )


def member_seat(committee: Committee) -> Seat:
    """Return the seat of the demo's member: the first one whose holder is not published."""
    seats = Seat.objects.filter(committee=committee, role=Seat.Role.MEMBER)
    return seats.order_by("protocol_order")[0]


def give_mailboxes(committee: Committee, units: dict[str, Unit]) -> None:
    """Give the committee and each unit without one a mailbox, so that the mails of the demo have somewhere to go."""
    for unit in units.values():
        if not unit.mailbox:
            unit.mailbox = f"{unit.code.replace('.', '-')}@don-vi.example"
            unit.save()
    if not committee.mailbox:
        committee.mailbox = "to-thu-ky@ban-chi-dao.example"
        committee.save()
