"""The table of access as people read it is the one in the code."""

from dataclasses import fields

from django.conf import settings
from django.utils import translation

from accounts.roles import Role
from directives import access_page
from directives.rights import Rights
from directives.sight import WAYS, Relation, Sight


def test_the_page_in_the_documentation_is_current() -> None:
    """Renew it with `manage.py access --write`."""
    page = (settings.BASE_DIR / "docs" / "access.md").read_text(encoding="utf-8")
    with translation.override(settings.LANGUAGE_CODE):
        assert page == access_page.page()


def test_every_relation_and_role_is_in_the_table_and_every_row_names_rights_that_there_are() -> None:
    assert {way.relation for way in WAYS} == set(Relation) == set(access_page.RESTS_ON)
    assert {role for way in WAYS for role in way.roles} == set(Role)
    assert {way.held for way in WAYS} <= {field.name for field in fields(Rights)}


def test_what_is_restricted_is_seen_by_those_named_in_the_issue_and_by_nobody_else() -> None:
    """Written by hand, not read from the table: secretariat, its units, the supervising seat, the chair and the
    standing vice chair, who is granted it by name; the auditor that it exists; the administrator not at all."""
    restricted = {way.relation: way.restricted for way in WAYS}
    assert {relation for relation, sight in restricted.items() if sight is Sight.ALL} == {
        Relation.SECRETARIAT,
        Relation.UNIT,
        Relation.SUPERVISOR,
        Relation.CHAIR,
        Relation.GRANT,
    }
    assert {relation for relation, sight in restricted.items() if sight is Sight.LOGGED} == {Relation.AUDITOR}
