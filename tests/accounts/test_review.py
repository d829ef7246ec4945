"""The access review: accounts idle for 45 days, several deactivated at once, with a reason (DOMAIN §6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts import clock, idle
from accounts.admin import review
from accounts.audit.models import AccessLog
from accounts.models import User
from tests.accounts.conftest import sign_in
from tests.cast import Cast
from tests.english import english_in

REVIEW = reverse("admin:accounts_user_review")


def test_idle_accounts_are_listed_and_several_deactivated_with_one_reason(client: Client, cast: Cast) -> None:
    running = Client()
    sign_in(running, "syt.hanoi")
    with time_machine.travel(clock.now() + timedelta(days=46), tick=False):
        sign_in(Client(), "thuky")
        client.force_login(cast.administrator)
        page = client.get(REVIEW)
        names = {user.username for user, _roles in page.context["rows"]}
        assert {"syt.hanoi", "gd.syt.hanoi"} <= names
        assert not names & {"thuky", "quantri", "he-thong"}
        assert not english_in(page.content.decode())
        chosen = [cast.officer.pk, cast.head.pk, cast.secretary.pk, cast.administrator.pk]
        assert "Nhập lý do" in client.post(REVIEW, {"people": chosen[:2]}).content.decode()
        answer = client.post(REVIEW, {"people": chosen[:2], "reason": "Rà soát quý IV"}, follow=True)
    assert "Đã ngừng hoạt động: 2 tài khoản." in answer.content.decode()
    for person in (cast.officer, cast.head):
        again = User.objects.get(pk=person.pk)
        assert not again.is_active
        row = again.history.latest()
        assert (row.history_user, row.history_change_reason) == (cast.administrator, "Rà soát quý IV")
    assert running.get(reverse("admin:index")).status_code == 302
    lines = AccessLog.objects.filter(kind="rights", what__contains="ngừng hoạt động. Lý do: Rà soát quý IV")
    assert lines.count() == 2


def test_more_than_a_form_may_post_come_a_page_at_a_time(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TRAPS 12: nobody would be deactivated of a thousand who are idle."""
    assert review.PEOPLE_A_PAGE < 1000
    monkeypatch.setattr(review, "PEOPLE_A_PAGE", 2)
    with time_machine.travel(clock.now() + timedelta(days=46), tick=False):
        client.force_login(cast.administrator)
        pages = [client.get(REVIEW, {"trang": number}).context for number in (1, 2)]
        names = [{user.username for user, _roles in page["rows"]} for page in pages]
        assert [len(shown) for shown in names] == [2, 2] and not names[0] & names[1]
        last = pages[1]["rows"][0][0]
        client.post(f"{REVIEW}?trang=2", {"people": [last.pk], "reason": "Rà soát"})
    assert not User.objects.get(pk=last.pk).is_active


def test_nobody_who_works_is_deactivated_by_it(cast: Cast) -> None:
    at = clock.now() + timedelta(days=46)
    with time_machine.travel(at, tick=False):
        sign_in(Client(), "thuky")
    everybody = list(User.objects.values_list("pk", flat=True))
    done = idle.deactivate(everybody, by=cast.administrator, reason="Thử", at=at)
    left = set(User.objects.filter(is_active=True).values_list("username", flat=True))
    assert left == {"thuky", "quantri"}
    assert not {user.username for user in done} & {"thuky", "quantri", "he-thong"}


def test_what_is_chosen_must_be_on_the_list(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator)
    client.post(REVIEW, {"people": [cast.officer.pk], "reason": "Thử"})
    assert User.objects.get(pk=cast.officer.pk).is_active


@pytest.mark.parametrize(("person", "read", "act"), [("auditor", 200, 403), ("secretary", 403, 403)])
def test_who_may_read_and_who_may_act(client: Client, cast: Cast, person: str, read: int, act: int) -> None:
    client.force_login(cast.people[person])
    assert client.get(REVIEW).status_code == read
    assert client.post(REVIEW, {"people": [cast.officer.pk], "reason": "Thử"}).status_code == act
