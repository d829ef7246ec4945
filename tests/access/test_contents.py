"""What lists, searches, filters, choices, figures and files contain: nothing of an object that one does not see."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from directives.access import visible_to
from directives.admin.restricted import hidden
from directives.counters import figures
from directives.models import Assignment, Attachment, Directive, Document, Message
from directives.rights import rights
from tests.access.kept_person import PERSON
from tests.access.matrix import KNOWN, body, strange_marks
from tests.access.world import OBJECTS, PEOPLE, World, content_mark, mark, searched
from tests.cast import at
from tests.directives.spread import AT, ON

CASE = {"document": Document, "directive": Directive, "assignment": Assignment, "message": Message}
SIGNED_IN = [name for name in PEOPLE if name not in ("anonymous", "stranger")]
# Of these a page or file is scanned for what must not be in it.
OUTSIDERS = [
    "other",
    "vice",
    "secretary",
    "admin",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("officer", "parent", "below", "member2")),
]


# What a list is asked to show everything.
ALL = {"assignment": {"muc": "all"}, "directive": {"tinh-trang": "tat-ca"}}


class Visitor:
    """One person asking for pages."""

    def __init__(self, world: World, name: str) -> None:
        user = world.people[name]
        assert user is not None
        self.name, self.user, self.client = name, user, Client()

    def get(self, address: str, **query: Any) -> Any:
        extra: dict[str, Any] = {PERSON: self.user}
        return self.client.get(address, query, **extra)

    def leaks(self, address: str, **query: Any) -> list[str]:
        """Return the strange marks of a page or file, and check that it opens at all."""
        response = self.get(address, **query)
        assert response.status_code in (200, 302, 403, 404), (address, query, response.status_code)
        if response.status_code == 200 and "spreadsheet" in response.get("Content-Type", ""):
            text = _text_of(response)
            return [word for word in _unwelcome(self.name) if word in text]
        return strange_marks(response, self.name)


def _unwelcome(person: str) -> list[str]:
    return [
        word for name in OBJECTS if name not in KNOWN[person] for word in (mark(name), content_mark(name))
    ]


def _text_of(workbook: Any) -> str:
    with zipfile.ZipFile(io.BytesIO(body(workbook))) as archive:
        return " ".join(archive.read(name).decode() for name in archive.namelist()).lower()


def _list(name: str, page: str = "changelist") -> str:
    return reverse(f"admin:directives_{name}_{page}")


@pytest.mark.parametrize("person", SIGNED_IN)
def test_what_is_visible_is_what_the_person_knows(world: World, person: str) -> None:
    """The marks of `KNOWN`, by which pages are judged, are those of the rows that the person's rights show."""
    user = world.people[person]
    assert user is not None
    ids = world.ids["directive"]
    seen = set(visible_to(user, Directive, on=ON).values_list("pk", flat=True))
    assert {name for name, pk in ids.items() if pk in seen} == set(KNOWN[person])


@pytest.mark.parametrize("person", OUTSIDERS)
def test_lists_searches_and_exports_hold_what_is_visible_and_no_more(
    world: World, kept: None, person: str
) -> None:
    """TRAPS 3, 8: all of a list's rows, found ones, and the rows of its spreadsheet."""
    visitor = Visitor(world, person)
    for name, model in CASE.items():
        if not visitor.user.has_perm(f"directives.view_{name}"):
            continue
        visible = set(visible_to(visitor.user, model, on=ON).values_list("pk", flat=True))
        for sought in (None, "foreign", "restricted", "joint"):
            query = ALL.get(name, {}) | ({"q": searched(sought)} if sought else {})
            response = visitor.get(_list(name), **query)
            assert response.status_code == 200, (name, sought, response.status_code, response.headers)
            found = {row.pk for row in response.context["cl"].result_list}
            assert found <= visible and (found == visible if sought is None else True), (name, sought)
            if sought in KNOWN[person]:
                assert mark(sought) in response.content.decode().lower() or name == "message", (name, sought)
            assert strange_marks(response, person) == [], (name, sought)
        exported = visitor.get(_list(name, "export"), **ALL.get(name, {}))
        text = _text_of(exported)
        assert [word for word in _unwelcome(person) if word in text] == [], name
        assert mark("own") in text or "own" not in KNOWN[person] or name == "message", name


@pytest.mark.parametrize("person", OUTSIDERS)
def test_filters_autocomplete_figures_and_landing_pages_tell_of_nothing_else(
    world: World, kept: None, person: str, record_property: Callable[[str, object], None]
) -> None:
    """TRAPS 8: an id put into an address, a box that suggests, a number that counts."""
    visitor = Visitor(world, person)
    strangers = [name for name in ("own", "foreign", "restricted", "joint") if name not in KNOWN[person]]
    asked: list[tuple[str, dict[str, Any]]] = [
        (reverse("admin:index"), {}),
        (reverse("admin:search"), {"s": "lq"}),
        (reverse("admin:search"), {"s": "zqforeign", "extended": "1"}),
        *((reverse(f"figures_{table}{export}"), {}) for table in ("units", "supervisors", "documents")
          for export in ("", "_export")),
        (_list("assignment", "units"), {"term": "quang nam"}),
    ]  # fmt: skip
    for name in strangers:
        document, directive = world.ids["document"][name], world.ids["directive"][name]
        asked += [
            (_list("assignment"), {"van_ban": f"#{document}"}),
            (_list("assignment"), {"nhiem_vu": directive}),
            (_list("assignment"), {"phu_trach": world.foreign_seat.pk}),
            (_list("directive"), {"document__id__exact": document}),
            (_list("directive"), {"phu-trach": world.foreign_seat.pk, "tinh-trang": "tat-ca"}),
        ]
    for field in ("document", "supervisor"):
        choice = {"app_label": "directives", "model_name": "directive", "field_name": field}
        asked.append((reverse("admin:autocomplete"), {**choice, "term": "zq"}))
    for address, query in asked:
        assert visitor.leaks(address, **query) == [], (address, query)
    record_property("assurance", ["access", "filters, figures, suggestions with foreign ids", len(asked), 0])


@pytest.mark.parametrize("person", SIGNED_IN)
def test_the_figures_count_what_is_visible(world: World, person: str) -> None:
    user = world.people[person]
    assert user is not None
    rows = visible_to(user, Assignment, on=ON)
    told = figures(User.objects.get(pk=user.pk), on=ON, at=AT)
    assert told.tabs["all"] == rows.count() if "all" in told.tabs else not rows.exists()
    assert told.cells.given + told.cells.coordinating <= rows.count()


def test_an_auditor_reads_restricted_content_only_by_opening_it(world: World, client: Client) -> None:
    """Lists and spreadsheets say that it is there; a page says it all, and that it was opened is logged."""
    from accounts.audit.models import AccessLog

    auditor = world.people["auditor"]
    assert auditor is not None
    client.force_login(auditor)
    ids = world.ids
    lists = [
        (_list("directive"), {"tinh-trang": "tat-ca"}),
        (_list("assignment"), {"muc": "all"}),
        (_list("document"), {}),
        (_list("message"), {}),
        (reverse("admin:index"), {}),
    ]
    for address, query in lists:
        page = client.get(address, query).content.decode().lower()
        assert content_mark("restricted") not in page, address
    for name in ("directive", "assignment"):
        text = _text_of(client.get(_list(name, "export"), ALL[name]))
        assert content_mark("own") in text and mark("restricted") in text, name
        assert content_mark("restricted") not in text, name
    # A document that gives only what is restricted keeps its subject back, too.
    told = client.get(_list("document")).context["cl"].result_list
    kept_back = {row.pk for row in told if row.listed_subject == hidden()}
    assert kept_back == {ids["document"]["restricted"]}
    subject = Document.objects.get(pk=ids["document"]["restricted"]).subject
    assert subject not in _text_of(client.get(_list("document", "export")))
    opened = [
        reverse(f"admin:directives_{name}_{page}", args=[ids[name]["restricted"]])
        for name, page in (("directive", "change"), ("directive", "history"), ("assignment", "change"),
                           ("document", "change"), ("message", "change"))
    ]  # fmt: skip
    log = AccessLog.objects.filter(kind=AccessLog.Kind.VIEW, actor=auditor)
    for count, address in enumerate(opened, start=1):
        assert client.get(address).status_code == 200, address
        assert log.count() == count, address
    assert all("lqrestricted" not in line.what.lower() for line in log), "the administrator reads the log"
    client.get(reverse("admin:directives_directive_change", args=[ids["directive"]["own"]]))
    assert log.count() == len(opened), "what is not restricted is not logged"
    for person in ("secretary", "chair", "officer"):
        client.force_login(world.people[person])  # type: ignore[arg-type]
        shown = client.get(
            reverse("admin:directives_directive_change", args=[ids["directive"]["restricted"]])
        )
        assert content_mark("restricted") in shown.content.decode().lower()
    assert AccessLog.objects.filter(kind=AccessLog.Kind.VIEW).count() == len(opened)


def test_the_log_of_access_names_nothing_restricted(world: World, client: Client) -> None:
    """It is read by the administrator, who does not see the directive: no file name, no code, no unit."""
    from accounts.audit.models import AccessLog

    client.force_login(world.people["secretary"])  # type: ignore[arg-type]
    client.get(reverse("admin:directives_assignment_slip", args=[world.ids["assignment"]["restricted"]]))
    file = client.get(
        reverse("admin:directives_attachment_download", args=[world.ids["attachment"]["restricted"]])
    )
    assert body(file)
    told = [line.what for line in AccessLog.objects.filter(kind__in=["print", "download"])]
    assert len(told) == 2
    assert all("lqrestricted" not in what.lower() for what in told)


def test_nor_is_the_file_of_a_document_named_that_gives_only_what_is_restricted(
    world: World, client: Client
) -> None:
    from accounts.audit.models import AccessLog

    client.force_login(world.people["secretary"])  # type: ignore[arg-type]
    for name in ("restricted", "own"):
        file = Attachment.objects.get(document=world.ids["document"][name])
        assert body(client.get(reverse("admin:directives_attachment_download", args=[file.pk])))
    restricted, own = AccessLog.objects.filter(kind="download").order_by("pk").values_list("what", flat=True)
    assert mark("restricted") not in restricted and own.startswith(f"{mark('own')}.pdf ")


def test_tomorrows_mails_are_shown_to_the_administrator_without_restricted_ones(
    world: World, client: Client
) -> None:
    """The preview composes what would be sent; what tells of restricted work is the secretariat's and the auditor's."""
    from accounts.audit.context import acting
    from directives.models import PolicyStep, ReminderPolicy

    with acting(by=User.objects.system(), reason="Thử"):
        policy = ReminderPolicy.objects.get(name=mark("own"))
        PolicyStep.objects.create(policy=policy, audience="officers", offset_days=1, repeat_every_days=1)
    shown = {}
    for person in ("secretary", "admin"):
        client.force_login(world.people[person])  # type: ignore[arg-type]
        page = client.get(reverse("admin:directives_message_preview")).content.decode().lower()
        shown[person] = content_mark("restricted") in page
    assert shown == {"secretary": True, "admin": False}


def test_rights_of_the_people_are_what_their_names_say(world: World) -> None:
    """The matrix would prove little with people who hold nothing."""
    held = {name: rights(user, on=at(10).date()) for name, user in world.people.items() if user is not None}
    assert held["officer"].reports and not held["officer"].submits and held["head"].submits
    assert held["parent"].below > held["officer"].own and not held["parent"].own & held["officer"].own
    assert held["chair"].leads_restricted and held["vice"].leads and not held["vice"].leads_restricted
    assert held["member"].seats and not held["member"].leads
    assert held["secretary"].secretariat_of == {world.committee.pk}
    assert held["auditor"].auditor and held["admin"].administrator


def test_a_secretariat_sees_the_composition_of_its_own_committee_only(world: World, kept: None) -> None:
    """Committees, seats and members of another committee are neither listed nor opened nor offered."""
    pages = ("committee", "seat")
    for person, expected in (("secretary", {"own"}), ("auditor", {"own", "foreign"})):
        visitor = Visitor(world, person)
        for name in pages:
            shown = visitor.get(reverse(f"admin:steering_{name}_changelist")).context["cl"].result_list
            ids = {row.pk for row in shown}
            assert {key for key, pk in world.ids[name].items() if pk in ids} == expected, (person, name)
