"""Another committee's or unit's id put into a form by hand: refused, and every table is as it was (TRAPS 8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from directives.models import Assignment, Directive, Document, ExtensionRequest
from tests.access.matrix import digest
from tests.access.world import World, mark
from tests.directives.admin.asking import errors, filled


@pytest.fixture
def secretary(world: World, client: Client) -> Client:
    user = world.people["secretary"]
    assert user is not None
    client.force_login(user)
    return client


def case(name: str, *args: Any) -> str:
    return reverse(f"admin:directives_{name}", args=args)


def refused(client: Client, address: str, data: dict[str, Any]) -> Any:
    """Post, and make sure that it was not taken: an error is shown or the page is not there, and nothing is changed."""
    before = digest()
    response = client.post(address, data)
    changed = [name for name, value in digest().items() if value != before[name]]
    assert not changed, (address, changed)
    assert response.status_code in (200, 403, 404), (address, response.status_code)
    return response


def test_a_document_is_not_entered_for_another_committee(world: World, secretary: Client) -> None:
    page = secretary.get(case("document_add"))
    data = filled(
        page, number="77/QĐ-BYT", subject="Thử", issuer="Bộ Y tế", kind="QĐ", issued_on="05/05/2023"
    )
    secretary.post(case("document_add"), data | {"committee": world.foreign_committee.pk})
    made = Document.objects.get(number="77/QĐ-BYT")
    assert made.committee == world.committee, (
        "with one committee the word never shows, and what is posted is not read"
    )


def test_a_draft_is_not_put_under_a_foreign_document_nor_a_foreign_directive(
    world: World, secretary: Client
) -> None:
    ids = world.ids
    add = case("directive_add")
    refused(secretary, f"{add}?van-ban={ids['document']['foreign']}", {"content": "x"})
    edit = case("directive_edit", ids["directive"]["draft"])
    page = secretary.get(edit)
    foreign = Directive.objects.get(pk=ids["directive"]["foreign"])
    for field, value in (
        ("parent", foreign.code),
        ("parent", mark("foreign")),
        ("supervisor", world.foreign_seat.pk),
        ("given_by_seat", world.foreign_seat.pk),
    ):
        response = refused(secretary, edit, filled(page, **{field: value}))
        assert field in errors(response), (field, value)
    given = case("directive_correct", ids["directive"]["own"])
    page = secretary.get(given)
    for field, value in (("supervisor", world.foreign_seat.pk), ("parent", foreign.code)):
        response = refused(secretary, given, filled(page, **{"reason": "Thử", field: value}))
        assert field in errors(response)


def test_a_document_is_not_related_to_one_out_of_sight_nor_rid_of_anothers_parts(
    world: World, secretary: Client
) -> None:
    ids = world.ids
    own = ids["document"]["own"]
    number = Document.objects.get(pk=ids["document"]["foreign"]).number
    for words in (number, mark("foreign"), f"#{ids['document']['foreign']}"):
        response = refused(secretary, case("document_relate", own), {"kind": "implements", "other": words})
        assert "other" in errors(response), words
    refused(secretary, case("document_unrelate", own, ids["relation"]["foreign"]), {"reason": "x"})
    refused(secretary, case("document_remove_file", own, ids["document_file"]["foreign"]), {"reason": "x"})
    refused(
        secretary, case("directive_end_view", ids["directive"]["own"], ids["grant"]["own"]), {"reason": "x"}
    )


def test_a_request_or_a_person_of_elsewhere_is_not_taken_into_a_dialog(
    world: World, secretary: Client
) -> None:
    row = Assignment.objects.get(pk=world.ids["assignment"]["own"])
    other = ExtensionRequest.objects.get(assignment=world.ids["assignment"]["restricted"])
    dialog = case("assignment_decide_extension", row.pk)
    data = filled(secretary.get(dialog), request_id=other.pk, decision="granted", decided_by="Bộ Y tế")
    refused(secretary, dialog, data)
    people = case("assignment_people", row.pk)
    stranger, danang = world.people["stranger"], world.people["other"]
    assert stranger is not None and danang is not None
    for person in (stranger, danang):
        for field in ("officer", "assignee"):
            response = refused(secretary, people, {"version": row.version, field: person.pk})
            assert field in errors(response)
    answering = case("assignment_answering_unit", row.pk)
    refused(secretary, answering, {"version": row.version, "unit": world.units["danang"].pk, "reason": "x"})


def test_rows_out_of_sight_are_left_out_of_what_is_done_to_several(world: World, secretary: Client) -> None:
    row = Assignment.objects.get(pk=world.ids["assignment"]["foreign"])
    before = digest()
    bulk = case("assignment_bulk")
    secretary.post(bulk, {"viec": "revoke", "chon": [row.pk]})
    secretary.post(bulk, {"viec": "revoke", "chosen": f"{row.pk}:{row.version}", "reason": "x"})
    assert digest() == before


@pytest.mark.parametrize("person", ["other", "below", "member2", "stranger"])
def test_the_wrong_units_people_cannot_report_by_posting_a_complete_form(
    world: World, client: Client, person: str
) -> None:
    """The form is the right one, filled in by its own officer; only the person is another."""
    officer, user = world.people["officer"], world.people[person]
    assert officer is not None and user is not None
    row = Assignment.objects.get(pk=world.ids["assignment"]["joint"])
    address = case("assignment_report", row.pk)
    client.force_login(officer)
    data = filled(client.get(address), percent="90", text="Đã xong")
    client.force_login(user)
    assert refused(client, address, data).status_code in (403, 404)
    client.force_login(officer)
    assert client.post(address, data).status_code == 302, "it would have been taken from the officer"


def test_a_reminder_policy_is_not_made_for_another_committee(world: World, secretary: Client) -> None:
    address = case("reminderpolicy_add")
    page = secretary.get(address)
    form = page.context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields} | {"name": "Thử", "reason": "x"}
    data |= {"steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0", "committee": world.foreign_committee.pk}
    assert "committee" not in form.fields
    secretary.post(address, data)
    from directives.models import ReminderPolicy

    assert not ReminderPolicy.objects.filter(name="Thử", committee=world.foreign_committee).exists()
