"""A directive's own reminder policy on its screens: chosen in the draft, corrected with a reason, told in words."""

from __future__ import annotations

import pytest
from django.test import Client

from directives.models import Directive, ReminderPolicy
from steering.models import Committee
from tests.cast import Cast
from tests.directives.admin.asking import address, errors, filled, words
from tests.directives.reminders.test_plan import edit, made


@pytest.fixture
def secretary(cast: Cast, client: Client) -> Client:
    client.force_login(cast.secretary)
    return client


@pytest.fixture
def own(cast: Cast) -> ReminderPolicy:
    policy: ReminderPolicy = made(ReminderPolicy, committee=cast.committee, name="Nhắc dày", is_general=False)
    return policy


@pytest.fixture
def theirs() -> ReminderPolicy:
    """Another committee's."""
    other = made(Committee, code="khac", name="Ban khác", short_name="BCĐ khác")
    policy: ReminderPolicy = made(ReminderPolicy, committee=other, name="Của ban khác")
    return policy


def test_a_draft_names_its_policy(
    cast: Cast, secretary: Client, own: ReminderPolicy, theirs: ReminderPolicy
) -> None:
    edit(made(ReminderPolicy, committee=cast.committee, name="Đã bỏ"), is_active=False)
    draft = cast.draft(units=[cast.hanoi])
    page = secretary.get(address("directive_edit", draft.pk))
    offered = [str(label) for _value, label in page.context["form"].fields["reminder_policy"].choices]
    assert offered == ["Các chính sách áp dụng chung", "Nhắc dày"]
    response = secretary.post(
        address("directive_edit", draft.pk), filled(page, reminder_policy=own.pk), follow=True
    )
    assert Directive.objects.get(pk=draft.pk).reminder_policy == own
    assert "Nhắc dày" in words(response)
    again = filled(secretary.get(address("directive_edit", draft.pk)), reminder_policy="")
    secretary.post(address("directive_edit", draft.pk), again)
    assert Directive.objects.get(pk=draft.pk).reminder_policy is None


def test_another_committees_policy_is_not_taken(
    cast: Cast, secretary: Client, theirs: ReminderPolicy
) -> None:
    draft = cast.draft(units=[cast.hanoi])
    for page in (
        address("directive_edit", draft.pk),
        address("directive_correct", cast.issued(units=[cast.danang]).pk),
    ):
        form = filled(secretary.get(page), reminder_policy=theirs.pk, reason="Thử")
        assert list(errors(secretary.post(page, form))) == ["reminder_policy"]


def test_a_correction_is_told_in_words_with_its_reason(
    cast: Cast, secretary: Client, own: ReminderPolicy
) -> None:
    directive = cast.issued(units=[cast.hanoi])
    page = address("directive_correct", directive.pk)
    form = filled(secretary.get(page), reminder_policy=own.pk)
    assert list(errors(secretary.post(page, form))) == ["reason"]
    secretary.post(page, form | {"reason": "Cần nhắc dày hơn"})
    assert Directive.objects.get(pk=directive.pk).reminder_policy == own
    history = words(secretary.get(address("directive_history", directive.pk)))
    assert "Chính sách nhắc việc riêng" in history
    assert "Nhắc dày" in history
    assert "Cần nhắc dày hơn" in history


def test_a_policy_no_longer_in_use_stays_until_another_is_chosen(
    cast: Cast, secretary: Client, own: ReminderPolicy
) -> None:
    directive = cast.issued(units=[cast.hanoi], reminder_policy=own)
    edit(own, is_active=False)
    page = address("directive_correct", directive.pk)
    form = filled(secretary.get(page), content="Nội dung đính chính", reason="Gõ nhầm")
    assert secretary.post(page, form).status_code == 302
    assert Directive.objects.get(pk=directive.pk).reminder_policy == own


def test_units_are_not_told_of_policies(cast: Cast, client: Client, own: ReminderPolicy) -> None:
    directive = cast.issued(units=[cast.hanoi], reminder_policy=own)
    client.force_login(cast.member)
    assert "Nhắc dày" not in words(client.get(address("directive_change", directive.pk)))
