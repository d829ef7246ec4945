"""The screen of the ladders."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from directives.models import PolicyStep, Reminder, ReminderPolicy
from directives.reminders.plan import plan
from directives.reminders.policy import DEFAULT, ensure_default_policy
from steering.models import Committee, CommitteeStaff
from tests.cast import Cast
from tests.directives.admin.asking import address, words
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, made


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def form(policy: ReminderPolicy, **changes: str) -> dict[str, Any]:
    """Return what the page of a policy posts, steps included; `changes` by field, e.g. `steps-0-is_active`."""
    steps = list(policy.steps.all())
    values: dict[str, Any] = {
        "name": policy.name,
        "is_active": "on",
        "reason": "Thử",
        "steps-TOTAL_FORMS": str(len(steps)),
        "steps-INITIAL_FORMS": str(len(steps)),
    }
    for number, step in enumerate(steps):
        values |= {
            f"steps-{number}-id": str(step.pk),
            f"steps-{number}-policy": str(policy.pk),
            f"steps-{number}-audience": step.audience,
            f"steps-{number}-offset_days": str(step.offset_days),
            f"steps-{number}-repeat_every_days": str(step.repeat_every_days or ""),
            f"steps-{number}-is_active": "on" if step.is_active else "",
        }
    return values | changes


def test_the_default_ladder_is_made_once(cast: Cast, ladder: ReminderPolicy) -> None:
    assert ladder.steps.count() == sum(map(len, DEFAULT.values())) == 16
    assert ensure_default_policy(cast.committee) == ladder
    assert PolicyStep.objects.count() == 16
    assert ladder.history.get().history_user.username == "he-thong"


def test_a_secretary_adds_a_step_with_a_reason(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    page = address("reminderpolicy_change", ladder.pk)
    assert "Chuyên viên đầu mối của đơn vị" in words(secretary.get(page))
    posted = form(
        ladder,
        **{
            "steps-TOTAL_FORMS": "17",
            "steps-16-policy": str(ladder.pk),
            "steps-16-audience": "head",
            "steps-16-offset_days": "-1",
            "steps-16-is_active": "on",
        },
    )
    response = secretary.post(page, posted, follow=True)
    assert response.redirect_chain, words(response)
    step = ladder.steps.get(audience="head", offset_days=-1)
    row = step.history.get()
    assert (row.history_user, row.history_change_reason) == (cast.secretary, "Thử")
    work = cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    assert work.reminders.filter(recipient_key=f"user:{cast.head.pk}").exists()


def test_a_step_is_switched_off_never_deleted(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    page = address("reminderpolicy_change", ladder.pk)
    steps = list(ladder.steps.all())
    number = next(n for n, step in enumerate(steps) if step.audience == "mailbox" and step.offset_days == 0)
    posted = form(ladder, **{f"steps-{number}-is_active": "", f"steps-{number}-DELETE": "on"})
    secretary.post(page, posted)
    step = PolicyStep.objects.get(pk=steps[number].pk)
    assert not step.is_active
    work = cast.assignment()
    plan(ladder, on=DUE)
    fallen = work.reminders.filter(falls_on=DUE).values_list("recipient_key", flat=True)
    assert list(fallen) == [f"user:{cast.officer.pk}"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("repeat_every_days", "7", "Chỉ lặp lại từ ngày đến hạn trở đi"),
        ("repeat_every_days", "0", "Nhập số ngày từ 1 trở lên"),
        ("offset_days", "-3", "trùng lặp"),
        ("offset_days", "ba", "Nhập một số tổng thể"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    cast: Cast, ladder: ReminderPolicy, secretary: Client, field: str, value: str, told: str
) -> None:
    """The first step is the mailbox's, 7 days before."""
    posted = form(ladder, **{f"steps-0-{field}": value})
    response = secretary.post(address("reminderpolicy_change", ladder.pk), posted)
    assert response.status_code == 200
    assert told in words(response)
    assert not PolicyStep.objects.exclude(repeat_every_days=None).exclude(repeat_every_days=7).exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"offset_days": -3}, "Chính sách đã có bậc nhắc này cho cùng người nhận."),
        (
            {"offset_days": -2, "repeat_every_days": 7},
            "Số ngày nhắc lại phải từ 1 trở lên và chỉ dùng cho bậc từ ngày đến hạn trở đi.",
        ),
    ],
)
def test_a_step_checked_outside_the_screen_is_refused_in_words_too(
    ladder: ReminderPolicy, values: dict[str, Any], told: str
) -> None:
    step = PolicyStep(policy=ladder, audience=PolicyStep.Audience.OFFICERS, **values)
    with pytest.raises(ValidationError) as refusal:
        step.full_clean()
    assert refusal.value.messages == [told]


def test_a_reminder_that_is_there_is_refused_in_words(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    plan(ladder, on=DUE)
    again = Reminder.objects.earliest("pk")
    again.pk = None
    with pytest.raises(ValidationError, match="Nhắc việc này cho người nhận này đã được lập"):
        again.validate_constraints()


def test_a_change_needs_a_reason(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    page = address("reminderpolicy_change", ladder.pk)
    response = secretary.post(page, form(ladder, name="Khác", reason=""))
    assert "Nhập lý do thay đổi" in words(response)
    ladder.refresh_from_db()
    assert ladder.name == "Nhắc việc mặc định"


def test_a_policy_of_another_committee_is_not_there(
    cast: Cast, ladder: ReminderPolicy, client: Client
) -> None:
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    CommitteeStaff.objects.filter(user=cast.second_secretary).delete()
    made(CommitteeStaff, committee=other, user=cast.second_secretary)
    client.force_login(cast.second_secretary)
    page = address("reminderpolicy_change", ladder.pk)
    assert client.get(page).status_code == 404
    assert client.post(page, form(ladder, name="Khác")).status_code == 404
    assert ladder.name not in words(client.get(address("reminderpolicy_changelist")))


def test_a_new_policy_is_of_ones_own_committee(cast: Cast, secretary: Client) -> None:
    page = address("reminderpolicy_add")
    assert 'name="committee"' not in secretary.get(page).content.decode()
    values = {"name": "Nhắc riêng", "is_active": "on", "steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0"}
    secretary.post(page, values)
    assert ReminderPolicy.objects.get().committee == cast.committee


@pytest.mark.parametrize(
    ("name", "reads", "writes"),
    [
        ("administrator", True, True),
        ("auditor", True, False),
        ("officer", False, False),
        ("chair", False, False),
    ],
)
def test_who_reads_and_who_writes(
    cast: Cast, ladder: ReminderPolicy, client: Client, name: str, reads: bool, writes: bool
) -> None:
    client.force_login(getattr(cast, name))
    page = address("reminderpolicy_change", ladder.pk)
    assert (client.get(page).status_code == 200) is reads
    client.post(page, form(ladder, name="Tên mới"))
    ladder.refresh_from_db()
    assert (ladder.name == "Tên mới") is writes
