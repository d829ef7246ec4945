"""What every screen shares: one scope, no revert, no deletion (TRAPS 1, 2, 4, 8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.admin.base import ScopedAdmin
from accounts.models import User
from steering.admin.committee import CommitteeAdmin
from steering.admin.units import UnitAdmin
from steering.models import Committee, Unit
from tests.accounts.forms_filled import errors, send
from tests.cast import Cast

UNITS = "/quan-tri/steering/unit/"


@pytest.fixture
def only_hanoi(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Client:
    """An administrator who sees one unit only."""

    def scope(self: Any, request: HttpRequest) -> QuerySet[Unit]:
        return Unit.objects.filter(pk=cast.hanoi.pk)

    monkeypatch.setattr(UnitAdmin, "scope", scope)
    client.force_login(cast.administrator)
    return client


def test_every_screen_is_scoped() -> None:
    """A new screen cannot forget what the base closes."""
    assert admin.site._registry
    for model, screen in admin.site._registry.items():
        assert isinstance(screen, ScopedAdmin), model
    assert not admin.site.is_registered(Group)


def test_the_list_and_the_pages_show_only_what_is_seen(only_hanoi: Client, cast: Cast) -> None:
    rows = only_hanoi.get(UNITS).context["cl"].result_list
    assert list(rows) == [cast.hanoi]
    for page, there, hidden in (("change", 200, 404), ("history", 200, 404), ("delete", 403, 403)):
        assert only_hanoi.get(f"{UNITS}{cast.hanoi.pk}/{page}/").status_code == there
        assert only_hanoi.get(f"{UNITS}{cast.danang.pk}/{page}/").status_code == hidden


def test_an_old_version_leads_to_the_list_of_changes_of_what_is_seen(only_hanoi: Client, cast: Cast) -> None:
    for unit, status in ((cast.hanoi, 302), (cast.danang, 404)):
        version = unit.history.latest().pk
        assert only_hanoi.get(f"{UNITS}{unit.pk}/history/{version}/").status_code == status


@pytest.mark.parametrize("person", ["administrator", "secretary", "auditor"])
def test_an_old_version_is_never_written_back(client: Client, cast: Cast, person: str) -> None:
    client.force_login(cast.people[person])
    version = cast.hanoi.history.latest().pk
    address = f"{UNITS}{cast.hanoi.pk}/history/{version}/"
    fields = {"code": "khac", "name": "Khác", "kind": cast.hanoi.kind_id, "order": 1, "reason": "x"}
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(address, fields).status_code == 405
    assert Unit.objects.get(pk=cast.hanoi.pk).code == "syt.hanoi"


def test_a_relation_offers_and_accepts_only_what_is_seen(only_hanoi: Client, cast: Cast) -> None:
    address = reverse("admin:steering_committee_change", args=[cast.committee.pk])
    response = send(only_hanoi, address, standing_unit=cast.danang.pk, reason="Thử")
    assert response.status_code == 200
    assert "standing_unit" in errors(response)
    assert send(only_hanoi, address, standing_unit=cast.hanoi.pk, reason="Thử").status_code == 302
    assert Committee.objects.get().standing_unit == cast.hanoi


def test_an_inline_offers_and_accepts_only_what_is_seen(only_hanoi: Client, cast: Cast) -> None:
    address = reverse("admin:accounts_user_change", args=[cast.stranger.pk])
    row = {"postings-TOTAL_FORMS": "1", "postings-0-duty": "officer", "reason": "Thử"}
    refused = send(only_hanoi, address, **row, **{"postings-0-unit": cast.danang.pk})
    assert refused.status_code == 200
    assert "unit" in errors(refused)
    assert send(only_hanoi, address, **row, **{"postings-0-unit": cast.hanoi.pk}).status_code == 302


def test_autocomplete_offers_only_what_is_seen(only_hanoi: Client) -> None:
    query = {"app_label": "steering", "model_name": "posting", "field_name": "unit", "term": ""}
    found = only_hanoi.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["Sở Y tế thành phố Hà Nội"]


def test_autocomplete_finds_without_accents(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator)
    query = {"app_label": "steering", "model_name": "posting", "field_name": "unit", "term": "quang nam so"}
    found = client.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == ["Sở Y tế tỉnh Quảng Nam"]


@pytest.mark.parametrize("person", ["officer", "member", "stranger"])
def test_autocomplete_is_closed_to_who_may_not_look(client: Client, cast: Cast, person: str) -> None:
    client.force_login(cast.people[person])
    for model_name, field_name in (("posting", "unit"), ("posting", "user")):
        query = {"app_label": "steering", "model_name": model_name, "field_name": field_name}
        assert client.get(reverse("admin:autocomplete"), query).status_code == 403


def test_a_filter_names_only_what_is_seen(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(cast.administrator)
    # With one committee the word never shows: no filter, either.
    Committee.objects.create(code="hai", name="Ban Chỉ đạo thứ hai", short_name="BCĐ 2")
    address = reverse("admin:steering_seat_changelist")
    assert "Ban Chỉ đạo minh họa" in client.get(address).content.decode()

    def nothing(self: Any, request: HttpRequest) -> QuerySet[Committee]:
        return Committee.objects.none()

    monkeypatch.setattr(CommitteeAdmin, "scope", nothing)
    assert "Ban Chỉ đạo minh họa" not in client.get(address).content.decode()


def test_a_person_with_all_flags_of_django_has_no_shortcut(client: Client, cast: Cast) -> None:
    cast.stranger.is_superuser = True
    cast.stranger.save()
    client.force_login(cast.stranger)
    assert client.get(UNITS).status_code == 403
    assert not User.objects.get(pk=cast.stranger.pk).has_perm("steering.view_unit")


def test_the_start_page_lists_only_what_a_role_may_open(client: Client, cast: Cast) -> None:
    for person, shown, hidden in (
        ("administrator", ["Tài khoản", "Đơn vị", "Nhật ký truy cập"], []),
        ("officer", [], ["/steering/unit/", "/accounts/user/", "/audit/accesslog/"]),
        ("secretary", ["Lịch làm việc"], ["/accounts/user/", "/audit/accesslog/"]),
    ):
        client.force_login(cast.people[person])
        page = client.get(reverse("admin:index")).content.decode()
        assert [words for words in shown if words not in page] == []
        assert [address for address in hidden if address in page] == []
