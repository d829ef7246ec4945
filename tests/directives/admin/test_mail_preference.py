"""The page on which a person says what they want of the mails."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from directives.models import MailPreference
from tests.cast import Cast
from tests.directives.admin.asking import words

PAGE = reverse("mail_preference")


def test_a_choice_is_kept_with_its_history_and_is_ones_own(client: Client, cast: Cast) -> None:
    client.force_login(cast.officer)
    page = words(client.get(PAGE))
    assert "Cách nhận thư" in page
    assert cast.officer.email in page
    assert not MailPreference.objects.exists()
    answer = client.post(PAGE, {"events": "digest", "mutes": "on"}, follow=True)
    assert "Đã lưu cách nhận thư." in words(answer)
    row = MailPreference.objects.get()
    assert (row.user, row.events, row.mutes) == (cast.officer, "digest", True)
    told = row.history.latest()
    assert (told.history_user, told.history_change_reason) == (cast.officer, "Đổi cách nhận thư")
    client.post(PAGE, {"events": "digest", "mutes": "on"})
    assert row.history.count() == 2
    client.post(PAGE, {"events": "at_once"})
    row.refresh_from_db()
    assert (row.events, row.mutes) == ("at_once", False)


def test_what_is_no_choice_is_said_so_and_nothing_is_kept(client: Client, cast: Cast) -> None:
    client.force_login(cast.officer)
    for wrong in ({}, {"events": "never"}, {"events": "\x00"}):
        answer = client.post(PAGE, wrong)
        assert answer.status_code == 200
        assert answer.context["form"].errors["events"]
    assert not MailPreference.objects.exists()


def test_nobody_is_let_in_without_signing_in(client: Client) -> None:
    assert client.get(PAGE).status_code == 302
