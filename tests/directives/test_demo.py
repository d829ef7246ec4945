"""`load_demo` puts something into every list, all of it made up, none of it beside real data."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoDbBlocker, Settings

from accounts.audit.context import Door, acting
from accounts.clock import hanoi_date, now, today
from accounts.models import User
from accounts.roles import Role
from directives import lists
from directives.access import visible_to
from directives.demo.accounts import ACCOUNTS
from directives.demo.boundary import mixture
from directives.demo.loading import set_scene
from directives.demo.notice import play_notice
from directives.demo.spread import DEALT, OF_UNIT, WAITING, deal, on_time
from directives.lifecycle import OPEN, Status
from directives.models import Assignment, Attachment, Directive, Document, ExtensionRequest, Note
from directives.reminders.daily import run_day
from directives.reminders.reconcile import compare
from directives.rights import rights
from directives.timeliness import Timeliness, timeliness
from steering.models import Assistant, Committee, SeatHolding, Unit
from steering.programme import units
from tests.loaded import counts, shared_database

PASSWORD = "Mat-khau-minh-hoa-2026"
PLANS = "1710/QĐ-BYT – 01"


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_database(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.DEMO", True)
        patch.setenv("DEMO_PASSWORD", PASSWORD)
        call_command("load_demo", verbosity=0)
        yield


@pytest.fixture(autouse=True)
def _database(demo: None, db: None, settings: Settings) -> None:
    """Each test sees the demo, and its own changes are undone."""
    settings.DEMO = True


def person(username: str) -> User:
    return User.objects.get(username=username)


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.username)
def test_every_account_has_its_role_the_password_and_a_mailbox_that_reaches_nobody(account: object) -> None:
    user = person(account.username)  # type: ignore[attr-defined]
    assert user.is_active
    assert user.check_password(PASSWORD)
    assert user.roles == {account.role}  # type: ignore[attr-defined]
    assert user.email.endswith("@demo.example")


def test_the_eight_accounts_cover_every_role() -> None:
    names = {"quantri", "thuky", "truongban", "uyvien", "syt.hanoi", "syt.danang", "gd.syt.hanoi", "kiemtra"}
    assert {account.username for account in ACCOUNTS} == names
    assert {account.role for account in ACCOUNTS} == set(Role)


@pytest.mark.parametrize("on", [date(2023, 6, 29), date(2023, 6, 30), date(2023, 7, 3), date(2023, 7, 10)])
def test_of_its_reminders_none_is_missing(on: date) -> None:
    run_day(on=on, at=now(), seconds=0)
    found = compare(on=on)
    assert (found.missing, found.named) == (0, [])
    assert found.waiting > 0


def test_no_account_is_that_of_a_real_person() -> None:
    named = SeatHolding.objects.filter(seat__protocol_order__lte=6)
    assert named.count() == 6
    assert not named.exclude(user=None).exists()
    assert Assistant.objects.get().holding.seat.role == "chair"
    people = set(named.values_list("person", flat=True))
    assert people.isdisjoint(User.objects.values_list("full_name", flat=True))


def test_all_mail_goes_to_a_name_that_exists_nowhere() -> None:
    boxes = [*Unit.objects.values_list("mailbox", flat=True), Committee.objects.get().mailbox]
    boxes += User.objects.exclude(email="").values_list("email", flat=True)
    assert len(boxes) > 96
    assert all(box.endswith(".example") for box in boxes)
    assert len(set(Unit.objects.values_list("mailbox", flat=True))) == Unit.objects.count()


def test_every_so_y_te_has_a_state_in_official_order_and_in_every_cell() -> None:
    rows = Assignment.objects.filter(directive__code=PLANS).order_by("unit__order")
    provincial = [row for row in rows if row.unit.code.startswith("syt.")]
    assert len(provincial) == 63
    assert provincial[0].unit.code == "syt.hanoi"
    cells = Counter(timeliness(row, on=today()) for row in rows)
    assert sum(cells.values()) == len(rows) == 73
    assert cells[Timeliness.DONE_ON_TIME] > 40
    assert cells[Timeliness.DONE_LATE] > 5
    assert cells[Timeliness.OVERDUE] > 5
    assert cells[None] == 1


def test_every_status_occurs() -> None:
    assert set(Assignment.objects.values_list("status", flat=True)) == set(Status)


def test_the_day_that_counts_can_be_an_earlier_one() -> None:
    row = Assignment.objects.get(directive__code=PLANS, unit__code="syt.hanoi")
    assert (row.completed_on, row.submitted_on) == (date(2023, 6, 20), date(2023, 7, 3))
    assert timeliness(row, on=today()) == Timeliness.DONE_ON_TIME
    doers = set(row.history.values_list("history_user__username", flat=True))
    assert doers >= {"syt.hanoi", "gd.syt.hanoi", "thuky"}


def test_an_extension_leads_to_two_verdicts() -> None:
    rows = Assignment.objects.filter(
        directive__code=PLANS, extension_requests__state__in=("granted", "other_date")
    )
    assert len(rows) == 3
    for row in rows:
        assert timeliness(row, on=today()) == Timeliness.DONE_ON_TIME
        assert timeliness(row, on=today(), original=True) == Timeliness.DONE_LATE


def test_the_notice_says_that_it_is_fictitious_and_has_dates_around_today() -> None:
    notice = Document.objects.get(is_fictitious=True)
    assert "minh họa" in notice.subject
    assert notice.state == Document.State.ISSUED
    days = {
        (row.due_on - today()).days
        for row in Assignment.objects.filter(directive__document=notice, status__in=OPEN)
        if row.due_on
    }
    assert {-12, 0, 1, 2, 3, 5} <= days
    assert notice.directives.filter(state=Directive.State.DRAFT).count() == 1
    assert ExtensionRequest.objects.filter(state="open", assignment__directive__document=notice).count() == 1


@pytest.mark.parametrize(
    "username", ["thuky", "truongban", "uyvien", "syt.hanoi", "gd.syt.hanoi", "syt.danang", "kiemtra"]
)
def test_every_list_of_everybody_has_something(username: str) -> None:
    user = person(username)
    held = rights(user, on=today())
    seen = visible_to(user, Assignment, on=today())
    empty = [
        name
        for name in lists.tabs_for(held)
        if not seen.filter(lists.condition(name, held, on=today())).exists()
    ]
    assert empty == []


def test_the_member_supervises_two_and_the_chair_reads_the_restricted_one() -> None:
    supervised = visible_to(person("uyvien"), Directive, on=today())
    assert supervised.count() == 2
    restricted = Directive.objects.filter(is_restricted=True)
    assert restricted.count() == 1
    for username, sees in (("truongban", True), ("uyvien", False), ("syt.hanoi", False), ("quantri", False)):
        assert visible_to(person(username), Directive, on=today()).filter(pk__in=restricted).exists() is sees


def test_da_nang_answers_for_quang_nam_and_sees_nothing_of_ha_noi() -> None:
    seen = visible_to(person("syt.danang"), Assignment, on=today())
    codes = set(seen.exclude(part="lead").values_list("unit__code", flat=True))
    assert codes == {"syt.danang", "syt.quangnam"}
    assert not seen.filter(unit__code="syt.hanoi").exists()


def test_ha_noi_coordinates_with_another_lead() -> None:
    row = Assignment.objects.get(unit__code="syt.hanoi", part="coordinating")
    assert row.directive.assignments.get(part="lead").unit.code == "byt.cuckhcndt"


def test_what_happened_is_recorded_through_the_import_and_letters_by_the_person_it_is_told_of() -> None:
    doors = set(Assignment.history.values_list("door", flat=True))
    assert doors == {Door.IMPORT, Door.LETTER, Door.JOB}
    for model in (Assignment, Directive, Document, Unit, User):
        rows = model.history.all()
        # The system's own account is there before anybody.
        assert all(row.id == User.objects.system().pk for row in rows.filter(history_user=None)), model
        assert not rows.filter(history_change_reason="").exists(), model
    assert not Assignment.history.filter(history_date__date__gte=today()).exists()
    assert Note.objects.filter(author__username="uyvien").exists()


def test_every_file_says_of_itself_that_it_is_made_up() -> None:
    assert set(Attachment.objects.values_list("name", flat=True)) == {"van-ban-minh-hoa.pdf"}


def test_a_second_run_changes_nothing() -> None:
    with acting(by=person("thuky"), reason="Thêm người"):
        User.objects.create_user("nguoi.moi", full_name="Người Mới")
    before = counts()
    call_command("load_demo", verbosity=0)
    assert counts() == before


def test_switched_off_it_is_refused_and_the_demo_s_database_too(settings: Settings) -> None:
    settings.DEMO = False
    assert "holds the demo" in mixture()
    with pytest.raises(CommandError, match="holds the demo"):
        call_command("load_demo")


@pytest.mark.parametrize(
    "day", [date(2027, 2, 8), date(2028, 1, 1), date(2027, 9, 5)], ids=["tet", "new-year", "sunday"]
)
def test_the_notice_can_be_told_on_any_day(day: date) -> None:
    """All of it happens on working days before it, and in an order that the services accept."""
    people = {account.username: person(account.username) for account in ACCOUNTS}
    before = set(Document.objects.values_list("pk", flat=True))
    scene = set_scene(people, today=day)

    with acting(by=people["thuky"], reason="Thử", door=Door.IMPORT):
        notice = play_notice(scene)

    assert notice.pk not in before
    rows = Assignment.objects.filter(directive__document=notice)
    assert set(rows.values_list("status", flat=True)) == set(Status)
    told = Assignment.history.filter(directive__document=notice).values_list("history_date", flat=True)
    days = {hanoi_date(at) for at in told}
    assert all(scene.calendar.is_working_day(one) for one in days)
    assert max(days) < day


def test_stories_are_dealt_alike_each_time_and_to_every_unit() -> None:
    codes = [unit.code for unit in units() if unit.code.startswith("syt.")] + ["byt.cuccntt"]
    dealt = deal(codes, frozenset(codes))
    assert dealt == deal(reversed(codes), frozenset(codes))
    assert set(dealt) == set(codes)
    assert {code: dealt[code] for code in OF_UNIT} == OF_UNIT
    others = Counter(story for code, story in dealt.items() if code not in OF_UNIT)
    for story, number in DEALT:
        assert others[story] == number
    assert others[on_time] == len(codes) - len(OF_UNIT) - WAITING - sum(number for _story, number in DEALT)
