"""Who sees this directive, what does this person see: told from the table by which rows are shown."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from directives.access import visible_to
from directives.models import Directive
from directives.sight import Relation
from directives.viewers import viewers
from tests.access.world import World, mark
from tests.directives.spread import ON


def everybody() -> list[User]:
    return list(User.objects.all())


def test_the_list_of_who_sees_is_that_of_those_to_whom_it_is_visible(world: World) -> None:
    """For every directive there is, drafts and restricted ones too, on days before and after it was given."""
    for on in (date(2023, 5, 1), ON, date(2025, 8, 1)):
        people = everybody()
        seen = {
            user.pk: set(visible_to(user, Directive, on=on).values_list("pk", flat=True)) for user in people
        }
        for directive in Directive.objects.all():
            listed = {viewer.user.pk for viewer in viewers(directive, on=on)}
            assert listed == {pk for pk, rows in seen.items() if directive.pk in rows}, (directive, on)


def test_each_reason_names_what_it_rests_on(world: World) -> None:
    directive = Directive.objects.get(pk=world.ids["directive"]["restricted"])
    reasons = {
        viewer.user.username: {reason.way.relation for reason in viewer.reasons}
        for viewer in viewers(directive, on=ON)
    }
    assert reasons == {
        "syt.hanoi": {Relation.UNIT},
        "gd.syt.hanoi": {Relation.UNIT},
        "uyvien": {Relation.SUPERVISOR},
        "truongban": {Relation.CHAIR},
        "thuky": {Relation.SECRETARIAT},
        "thuky2": {Relation.SECRETARIAT},
        "thuky.khac": {Relation.GRANT},
        "kiemtra": {Relation.AUDITOR},
    }
    own = Directive.objects.get(pk=world.ids["directive"]["own"])
    above = {viewer.user.username: viewer.reasons for viewer in viewers(own, on=ON)}
    assert [reason.way.relation for reason in above["ubnd"]] == [Relation.SUPERIOR]
    assert {reason.way.relation for reason in above["truongban"]} == {Relation.CHAIR}


def test_the_page_of_a_directive_is_the_auditors_and_the_administrators(world: World, client: Client) -> None:
    address = reverse("admin:directives_directive_viewers", args=[world.ids["directive"]["own"]])
    restricted = reverse("admin:directives_directive_viewers", args=[world.ids["directive"]["restricted"]])
    for person, status in (
        ("auditor", 200),
        ("admin", 200),
        ("secretary", 403),
        ("officer", 403),
        ("member2", 404),
    ):
        client.force_login(world.people[person])  # type: ignore[arg-type]
        assert client.get(address).status_code == status, person
    client.force_login(world.people["admin"])  # type: ignore[arg-type]
    assert client.get(restricted).status_code == 404
    page = client.get(address).content.decode()
    assert "Đỗ Chuyên Viên" in page and "Chuyên viên đầu mối, Sở Y tế thành phố Hà Nội" in page
    assert "Đơn vị cấp trên của đơn vị được giao" in page


def test_the_page_of_a_person_says_what_gives_them_what(world: World, client: Client) -> None:
    client.force_login(world.people["auditor"])  # type: ignore[arg-type]

    def page(person: str) -> str:
        user = world.people[person]
        assert user is not None
        return client.get(reverse("person_rights", args=[user.pk])).content.decode()

    officer = page("officer")
    assert (
        "Chuyên viên đầu mối, Sở Y tế thành phố Hà Nội" in officer and "Bệnh viện đa khoa minh họa" in officer
    )
    assert "trừ nhiệm vụ hạn chế" in officer
    assert "Ủy viên (thứ tự 2)" in page("member") and "vị trí này phụ trách" in page("member")
    chair = page("chair")
    assert chair.count("Mọi nhiệm vụ của Ban Chỉ đạo") == 1 and "cả nhiệm vụ hạn chế" in chair
    assert "không xem được nhiệm vụ nào" in page("stranger")
    account = reverse("admin:accounts_user_change", args=[world.people["officer"].pk])  # type: ignore[union-attr]
    assert "Người này xem được gì" in client.get(account).content.decode()


def test_the_administrator_reads_no_code_of_a_restricted_directive_on_a_persons_page(
    world: World, client: Client
) -> None:
    granted = User.objects.get(username="thuky.khac")
    address = reverse("person_rights", args=[granted.pk])
    client.force_login(world.people["auditor"])  # type: ignore[arg-type]
    assert mark("restricted").upper() in client.get(address).content.decode().upper()
    client.force_login(world.people["admin"])  # type: ignore[arg-type]
    page = client.get(address).content.decode()
    assert "một nhiệm vụ hạn chế" in page
    assert mark("restricted").upper() not in page.upper()


@pytest.mark.parametrize("person", ["secretary", "officer", "chair", "stranger"])
def test_the_page_of_a_person_is_refused_to_others(world: World, client: Client, person: str) -> None:
    user = world.people[person]
    client.force_login(user)  # type: ignore[arg-type]
    assert client.get(reverse("person_rights", args=[user.pk])).status_code == 403  # type: ignore[union-attr]


def test_however_many_people_the_number_of_queries_is_the_same(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    directive = Directive.objects.get(pk=world.ids["directive"]["own"])
    with django_assert_max_num_queries(10):
        assert len(viewers(directive, on=ON)) > 8
