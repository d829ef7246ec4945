"""The screen of the ladders."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from directives.errors import Refused
from directives.models import PolicyStep, Reminder, ReminderPolicy
from directives.reminders.plan import plan
from directives.reminders.policy import DEFAULT, ensure_default_policy
from directives.reminders.steps import save_step
from steering.models import Committee, CommitteeStaff
from tests.cast import Cast
from tests.directives.admin.asking import address, errors, filled, words
from tests.directives.reminders.test_plan import DAY_BEFORE, DUE, made


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


def form(policy: ReminderPolicy, **changes: str) -> dict[str, Any]:
    """Return what the page of a policy posts."""
    values = {"name": policy.name, "is_active": "on", "is_general": "on", "late_days": "2", "reason": "Thử"}
    return values | changes


def step_page(step: PolicyStep) -> str:
    return address("reminderpolicy_step", step.policy_id, step.pk)


NEW = {"side": "before", "days": "1", "day_kind": "calendar", "audience": "head", "is_active": "on"}


def test_the_default_ladder_is_made_once(cast: Cast, ladder: ReminderPolicy) -> None:
    assert ladder.steps.count() == sum(map(len, DEFAULT.values())) == 16
    assert ensure_default_policy(cast.committee) == ladder
    assert PolicyStep.objects.count() == 16
    assert ladder.history.get().history_user.username == "he-thong"


def test_the_ladder_is_a_table_in_words(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    made(
        PolicyStep,
        policy=ladder,
        audience="person",
        person=cast.chair,
        offset_days=3,
        day_kind="working",
        repeat_every_days=7,
        urgencies=["express"],
        kinds=["request", "commitment"],
        is_active=False,
    )
    page = words(secretary.get(address("reminderpolicy_change", ladder.pk)))
    for told in (
        "7 ngày trước hạn",
        "đúng ngày đến hạn",
        "sau hạn 3 ngày, rồi mỗi 7 ngày",
        "sau hạn 3 ngày làm việc, rồi mỗi 7 ngày làm việc",
        "mỗi thứ Hai",
        "Lê Trưởng Ban",
        "Độ khẩn: Hỏa tốc",
        "Tính chất: Đề nghị, Cam kết",
        "Đã tắt",
    ):
        assert told in page, told
    assert "offset_days" not in page


def test_a_secretary_adds_a_step(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    page = address("reminderpolicy_add_step", ladder.pk)
    assert "Chuyên viên đầu mối của đơn vị" in words(secretary.get(page))
    response = secretary.post(page, NEW | {"reason": "Thử"}, follow=True)
    assert response.redirect_chain, words(response)
    step = ladder.steps.get(audience="head", offset_days=-1)
    row = step.history.get()
    assert (row.history_user, row.history_change_reason) == (cast.secretary, "Thử")
    assert "Thêm: 1 ngày trước hạn → Thủ trưởng đơn vị" in words(response)
    work = cast.assignment()
    plan(ladder, on=DAY_BEFORE)
    assert work.reminders.filter(recipient_key=f"user:{cast.head.pk}").exists()


def test_every_field_of_a_step_is_kept_and_shown_again(
    cast: Cast, ladder: ReminderPolicy, secretary: Client
) -> None:
    document = cast.document()
    data = {
        "side": "after", "days": "3", "day_kind": "working", "repeat_every_days": "7", "audience": "person",
        "person": "truongban", "urgencies": ["express", "urgent"], "kinds": ["request"], "parts": ["lead", "each"],
        "statuses": ["in_progress", "assigned"], "document": "1710/qđ-byt", "is_active": "on",
    }  # fmt: skip
    response = secretary.post(address("reminderpolicy_add_step", ladder.pk), data)
    assert response.status_code == 302, errors(response)
    step = ladder.steps.get(audience="person")
    assert (step.offset_days, step.day_kind, step.repeat_every_days) == (3, "working", 7)
    assert (step.person, step.document) == (cast.chair, document)
    assert (step.urgencies, step.kinds, step.parts) == (["urgent", "express"], ["request"], ["lead", "each"])
    assert step.statuses == ["assigned", "in_progress"]
    again = filled(secretary.get(step_page(step)), reason="Thử")
    assert secretary.post(step_page(step), again).status_code == 302
    same = PolicyStep.objects.get(pk=step.pk)
    for field in PolicyStep._meta.concrete_fields:
        assert getattr(same, field.attname) == getattr(step, field.attname), field.name


def test_all_chosen_is_the_same_as_none_chosen(ladder: ReminderPolicy, secretary: Client) -> None:
    parts = {"parts": ["each", "lead", "coordinating"]}
    secretary.post(address("reminderpolicy_add_step", ladder.pk), NEW | parts)
    assert ladder.steps.get(audience="head", offset_days=-1).parts == []


def test_a_step_is_switched_off_with_a_reason(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    step = ladder.steps.get(audience="mailbox", offset_days=0)
    page = secretary.get(step_page(step))
    without = filled(page, is_active=None)
    assert errors(secretary.post(step_page(step), without)) == {"reason": ["Hãy ghi lý do."]}
    secretary.post(step_page(step), without | {"reason": "Bớt thư"})
    step.refresh_from_db()
    assert not step.is_active
    assert step.history.latest().history_change_reason == "Bớt thư"
    work = cast.assignment()
    plan(ladder, on=DUE)
    fallen = work.reminders.filter(falls_on=DUE).values_list("recipient_key", flat=True)
    assert list(fallen) == [f"user:{cast.officer.pk}"]


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        (
            {"repeat_every_days": "7"},
            "repeat_every_days",
            "Chỉ lặp lại từ ngày đến hạn trở đi (số ngày từ 0).",
        ),
        (
            {"side": "after", "repeat_every_days": "0"},
            "repeat_every_days",
            "Nhập số ngày từ 1 trở lên, hoặc để trống.",
        ),
        (
            {"side": "after", "repeat_every_days": "-2"},
            "repeat_every_days",
            "Nhập số ngày từ 1 trở lên, hoặc để trống.",
        ),
        (
            {"audience": "officers", "days": "7"},
            "days",
            "Chính sách đã có bậc nhắc này cho cùng người nhận.",
        ),
        (
            {"audience": "officers", "days": "7", "parts": ["each", "lead", "coordinating"]},
            "days",
            "Chính sách đã có bậc nhắc này cho cùng người nhận.",
        ),
        ({"days": "ba"}, "days", "Nhập số ngày bằng chữ số, ví dụ 7."),
        ({"days": ""}, "days", "Nhập số ngày từ 1 trở lên."),
        ({"days": "-3"}, "days", "Nhập số ngày từ 1 trở lên."),
        ({"days": "0"}, "days", "Nhập số ngày từ 1 trở lên."),
        ({"days": "99999"}, "days", "Nhập số ngày đến 366."),
        ({"side": "on"}, "days", "Đúng ngày đến hạn thì để trống số ngày."),
        ({"side": ""}, "side", "Trường này là bắt buộc."),
        ({"audience": ""}, "audience", "Hãy chọn người nhận."),
        ({"audience": "person"}, "person", "Hãy chọn người nhận."),
        ({"person": "truongban"}, "person", "Chỉ nêu tên khi gửi cho người được nêu tên."),
        ({"person": "khong-co"}, "person", "Không tìm thấy tài khoản đang hoạt động này."),
        (
            {"document": "9999/KHONG-CO"},
            "document",
            "Không tìm thấy văn bản nào như vậy; hãy nhập số, ký hiệu.",
        ),
        (
            {"side": "after", "may_mute": "on"},
            "may_mute",
            "Chỉ bậc trước hạn hoặc đúng hạn, không lặp lại, mới được tắt.",
        ),
        (
            {"side": "on", "days": "", "repeat_every_days": "7", "may_mute": "on"},
            "may_mute",
            "Chỉ bậc trước hạn hoặc đúng hạn, không lặp lại, mới được tắt.",
        ),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    ladder: ReminderPolicy, secretary: Client, values: dict[str, Any], field: str, told: str
) -> None:
    response = secretary.post(address("reminderpolicy_add_step", ladder.pk), NEW | values)
    assert response.status_code == 200
    assert errors(response) == {field: [told]}
    assert ladder.steps.count() == 16


@pytest.mark.parametrize("field", ["urgencies", "kinds", "parts", "statuses", "day_kind", "side", "audience"])
def test_a_value_that_is_not_offered_is_refused(
    ladder: ReminderPolicy, secretary: Client, field: str
) -> None:
    response = secretary.post(address("reminderpolicy_add_step", ladder.pk), NEW | {field: "completed"})
    assert list(errors(response)) == [field]


def test_a_step_that_reminded_keeps_its_reader(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    """Else the same people would be reminded of the same by the step that takes its place."""
    cast.assignment()
    plan(ladder, on=DUE)
    step = ladder.steps.get(audience="officers", offset_days=0)
    data = filled(secretary.get(step_page(step)), reason="Thử", audience="head")
    assert list(errors(secretary.post(step_page(step), data))) == ["audience"]
    unused = ladder.steps.get(audience="officers", offset_days=1)
    data = filled(secretary.get(step_page(unused)), reason="Thử", audience="supervisor")
    assert secretary.post(step_page(unused), data).status_code == 302


def test_a_step_of_another_policy_is_not_there(cast: Cast, ladder: ReminderPolicy, secretary: Client) -> None:
    other = made(ReminderPolicy, committee=cast.committee, name="Khác")
    step = made(PolicyStep, policy=other, audience="head", offset_days=2)
    page = address("reminderpolicy_step", ladder.pk, step.pk)
    assert secretary.get(page).status_code == secretary.post(page, NEW).status_code == 404


def test_a_document_of_another_committee_is_not_found(
    cast: Cast, ladder: ReminderPolicy, secretary: Client
) -> None:
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    made(CommitteeStaff, committee=other, user=cast.secretary)
    document = cast.document(number="99/KH-BCĐ", committee=other)
    response = secretary.post(
        address("reminderpolicy_add_step", ladder.pk), NEW | {"document": f"#{document.pk}"}
    )
    assert list(errors(response)) == ["document"]
    step = PolicyStep(policy=ladder, audience="head", offset_days=-1, document=document)
    with pytest.raises(Refused, match="thuộc Ban Chỉ đạo khác"):
        save_step(step=step)


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
    step = ladder.steps.earliest("pk")
    for inner in (
        address("reminderpolicy_add_step", ladder.pk),
        step_page(step),
        address("reminderpolicy_rehearse", ladder.pk),
    ):
        assert client.get(inner).status_code == 404


def test_a_new_policy_is_of_ones_own_committee(cast: Cast, secretary: Client) -> None:
    page = address("reminderpolicy_add")
    assert 'name="committee"' not in secretary.get(page).content.decode()
    values = {"name": "Nhắc riêng", "is_active": "on", "late_days": "5"}
    response = secretary.post(page, values, follow=True)
    policy = ReminderPolicy.objects.get()
    assert (policy.committee, policy.is_general, policy.late_days) == (cast.committee, False, 5)
    # It leads to where its steps are added.
    assert "chính sách này chưa nhắc ai" in words(response)
    assert address("reminderpolicy_add_step", policy.pk) in words(response)


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
    assert (client.get(address("reminderpolicy_rehearse", ladder.pk)).status_code == 200) is reads
    assert (client.get(address("reminderpolicy_add_step", ladder.pk)).status_code == 200) is writes
    client.post(page, form(ladder, name="Tên mới"))
    ladder.refresh_from_db()
    assert (ladder.name == "Tên mới") is writes
