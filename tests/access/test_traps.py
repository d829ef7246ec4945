"""The traps of this stack that are about access, each tried as it was reproduced (shared/design/TRAPS.md)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from accounts.audit.context import acting
from accounts.models import User
from directives.admin.dialogs import DIALOGS
from directives.models import Assignment, Directive, DirectiveUserObjectPermission
from steering.models import Unit
from tests.access.addresses import addresses
from tests.access.matrix import digest
from tests.access.world import World
from tests.directives.spread import AT, ON


def signed_in(world: World, client: Client, person: str) -> User:
    user = world.people[person]
    assert user is not None
    client.force_login(user)
    return user


def test_trap_1_a_post_to_the_form_of_an_old_version_writes_nothing_back(
    world: World, client: Client
) -> None:
    """TRAPS 1: a view-only person changed a status by it; here even who may change the row only gets 405."""
    row = Assignment.objects.get(pk=world.ids["assignment"]["own"])
    unit = Unit.objects.get(pk=world.ids["unit"]["own"])
    for person in ("auditor", "admin", "secretary"):
        signed_in(world, client, person)
        before = digest()
        for name, target, version in (
            ("directives_assignment", row.pk, row.history.first()),
            ("directives_directive", row.directive_id, row.directive.history.first()),
            ("steering_unit", unit.pk, unit.history.first()),
        ):
            address = reverse(f"admin:{name}_simple_history", args=[target, version.pk])
            response = client.post(
                address, {"status": "completed", "name": "Khác", "history_change_reason": "x"}
            )
            assert response.status_code in (403, 405), (person, name)
        assert digest() == before, person


def test_trap_2_the_history_of_a_row_out_of_sight_is_not_there(world: World, client: Client) -> None:
    """TRAPS 2: simple-history falls back to the latest record of a row that the list does not show."""
    signed_in(world, client, "secretary")
    for name in ("directive", "document", "assignment"):
        pk = world.ids[name]["foreign"]
        version = apps.get_model("directives", name).history.filter(id=pk).latest("history_id").pk
        assert client.get(reverse(f"admin:directives_{name}_history", args=[pk])).status_code == 404
        assert (
            client.get(reverse(f"admin:directives_{name}_simple_history", args=[pk, version])).status_code
            == 404
        )


def test_trap_3_there_is_no_door_for_imports() -> None:
    """TRAPS 3: import-export's is open to whoever is staff, until two settings are set; its addresses do not exist."""
    assert not [name for name in addresses() if "import" in name]
    assert not apps.is_installed("import_export")


def test_trap_4_a_model_permission_opens_a_screen_and_no_row(world: World, client: Client) -> None:
    """TRAPS 4: with guardian's mixin a global permission shows all rows; and there is no page that grants rights."""
    officer = signed_in(world, client, "officer")
    assert officer.has_perm("directives.view_directive")
    page = client.get(reverse("admin:directives_directive_changelist"), {"tinh-trang": "tat-ca"})
    shown = {row.pk for row in page.context["cl"].result_list}
    assert world.ids["directive"]["own"] in shown and world.ids["directive"]["foreign"] not in shown
    assert not [name for name in addresses() if "permission" in name]
    assert not [model for model in admin.site._registry if "permission" in str(model._meta.model_name)]


def test_trap_4_a_grant_alone_opens_no_screen_and_is_no_orphan(world: World, client: Client) -> None:
    """TRAPS 4: who holds no role is refused the list; what a grant is about cannot be deleted from under it."""
    stranger = signed_in(world, client, "stranger")
    directive = Directive.objects.get(pk=world.ids["directive"]["restricted"])
    with acting(by=User.objects.system(), reason="Thử"):
        DirectiveUserObjectPermission.objects.create(
            user=stranger,
            content_object=directive,
            permission=Permission.objects.get(codename="see_directive"),
        )
    assert client.get(reverse("admin:directives_directive_changelist")).status_code == 403
    assert client.get(reverse("admin:directives_directive_change", args=[directive.pk])).status_code == 403
    with pytest.raises(ProtectedError):
        directive.delete()


def test_trap_5_a_get_does_nothing_and_a_post_needs_its_token(world: World) -> None:
    """TRAPS 5: unfold's actions ran on GET, for any id, without CSRF: looking at a dialog must leave all as it was."""
    strict = Client(enforce_csrf_checks=True)
    signed_in(world, strict, "secretary")
    row = world.ids["assignment"]["own"]
    before = digest()
    for dialog in DIALOGS:
        assert strict.get(dialog.url(row)).status_code in (200, 302, 403), dialog.name
        assert strict.post(dialog.url(row), {"reason": "x"}).status_code == 403, dialog.name
    assert digest() == before


def test_trap_17_guardian_answers_by_the_dates_of_a_grant(world: World) -> None:
    """TRAPS 17: a grant with an end in the past still answered True."""
    granted = User.objects.get(username="thuky.khac")
    directive = Directive.objects.get(pk=world.ids["directive"]["restricted"])
    with acting(by=User.objects.system(), reason="Thử"):
        grant = DirectiveUserObjectPermission.objects.get(user=granted)
        grant.valid_until = ON
        grant.save()
    assert granted.has_perm("directives.see_directive", directive)
    with time_machine.travel(AT + timedelta(days=1), tick=False):
        assert not User.objects.get(pk=granted.pk).has_perm("directives.see_directive", directive)
