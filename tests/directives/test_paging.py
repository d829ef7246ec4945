"""A page that is found by its parts holds what the whole list has there: the same rows, in the same order."""

from __future__ import annotations

from datetime import date
from itertools import cycle

import pytest
from django.db import transaction
from django.db.models import Q

from accounts.audit.context import acting
from accounts.models import User
from accounts.text import fold, words
from directives import lists, services
from directives.access import visible_to
from directives.admin.list_filters import ORDERS
from directives.admin.restricted import kept_back_of
from directives.models import Assignment
from directives.paging import Parts
from directives.rights import Rights, rights
from directives.search import searched
from directives.sight import is_logged
from steering.models import Posting, Succession
from steering.postings import appoint
from tests.cast import Cast, at, pdf

ON = date(2023, 6, 10)


@pytest.fixture
def people(cast: Cast) -> dict[str, User]:
    """Readers of every kind, and work that some see for one reason, some for several, some not at all."""
    for number, unit in enumerate((cast.hanoi, cast.danang, cast.quangnam, cast.office)):
        cast.assignment(unit, due_on=date(2023, 6, 5 + number), deadline_words="")
        cast.assignment(unit, due_on=None, deadline_words="")
        cast.assignment(unit, is_restricted=bool(number % 2), supervisor=cast.chair_seat)
    cast.issued(lead=cast.hanoi, units=[cast.danang, cast.quangnam])
    cast.issued(lead=cast.danang, units=[cast.hanoi], is_restricted=True)
    cast.issued(lead=cast.quangnam, units=[cast.office])
    services.submit(
        assignment=cast.assignment(cast.danang), by=cast.danang_head, at=at(5), text="Xong", uploads=[pdf()]
    )
    waiting = Assignment.objects.filter(unit=cast.hanoi, due_on=date(2023, 6, 5))[0]
    services.ask_extension(
        assignment=waiting, by=cast.officer, at=at(6), due_on=date(2023, 7, 9), reason="Chờ"
    )
    cast.draft(units=[cast.hanoi])
    return cast.people


def shown(user: User, name: str, order: str, *, first: int, size: int) -> tuple[list[int], list[int], int]:
    """The page found by its parts, the same cut out of the whole list, and how many the parts count."""
    held = rights(user, on=ON)
    asked = lists.LISTS[name].condition(held, ON)
    suited = ORDERS[order].suited
    parts = Parts([Assignment.objects.filter(suited(reason), asked) for reason in lists.apart(name, held)])
    whole = visible_to(user, Assignment, on=ON).filter(lists.condition(name, held, on=ON))
    rows = list(whole.order_by(*ORDERS[order].expressions()).values_list("pk", flat=True))
    expressions = ORDERS[order].expressions()

    def ordered(chosen: Q) -> list[int]:
        kept = Assignment.objects.filter(chosen)
        return list(kept.order_by(*expressions).values_list("pk", flat=True))

    found = ordered(Q(pk__in=parts.page(ORDERS[order], first=first, size=size) or []))
    reasons = lists.apart(name, held, together=True)
    for few in (parts, Parts([Assignment.objects.filter(reason, asked) for reason in reasons])):
        for most, again in ((2, True), (10_000, True), (2, False)):
            ids, counted = few.page_of_few(ORDERS[order], first=first, size=size, most=most, again=again)
            assert (ordered(Q(pk__among=ids)), counted) == (found, min(most, len(rows)))
    for by_directive in (False, True):
        assert parts.count(most=10_000, by_directive=by_directive) == len(rows)
        assert parts.count(most=2, by_directive=by_directive) == min(2, len(rows))
    return found, rows[first : first + size], len(rows)


def test_everybody_finds_on_each_page_of_everything_what_the_whole_list_has_there(
    people: dict[str, User],
) -> None:
    seen = {}
    for who, user in people.items():
        for order in ORDERS:
            for first, size in ((0, 4), (4, 1_000), (1_000, 4)):
                found, expected, seen[who] = shown(user, "all", order, first=first, size=size)
                assert found == expected, (who, order, first)
    assert seen["stranger"] == 0 < seen["officer"] < seen["secretary"]


def test_everybody_finds_in_each_list_what_the_whole_list_has(people: dict[str, User]) -> None:
    orders = cycle(ORDERS)
    for who, user in people.items():
        for name in lists.LISTS:
            order = next(orders)
            found, expected, _all = shown(user, name, order, first=0, size=5)
            assert found == expected, (who, name, order)


def test_what_begins_with_the_few_finds_what_asking_each_row_finds(people: dict[str, User]) -> None:
    few = {name: row for name, row in lists.LISTS.items() if row.few is not None}
    assert few
    for name, row in few.items():
        held = rights(people["secretary"], on=ON)
        found = set(Assignment.objects.filter(row.few(held, ON))) if row.few else set()
        assert found == set(Assignment.objects.filter(row.condition(held, ON))) != set(), name


def told(row: Assignment, held: Rights) -> list[str]:
    """The folded texts that a row is found by: what an auditor opens only is told by what lists show."""
    directive, document = row.directive, row.directive.document
    texts = [directive.search, document.search]
    if is_logged(directive, held):
        texts[0] = fold(directive.code)
    if document.pk in kept_back_of([document.pk], held=held):
        texts[1] = fold(f"{document.number} {document.issuer}")
    units, ahead = {row.unit}, [row.unit]
    while ahead:
        unit = ahead.pop()
        texts += [unit.search, *(name.search for name in [*unit.names.all(), *unit.aliases.all()])]
        later = {succession.to_unit for succession in Succession.objects.filter(from_unit=unit)} - units
        units |= later
        ahead += later
    return texts


QUERIES = (
    "nghị quyết", "hà nội", "văn phòng", "đà nẵng", "1710", "hà nội kế hoạch", "đà nẵng xyzw", "kế 1710 nội", "…", "",
)  # fmt: skip


def test_words_that_are_resolved_first_find_what_reading_each_row_finds(
    people: dict[str, User], cast: Cast
) -> None:
    # Whose work is found by the name of a unit that is not theirs: who was chosen to answer, and who is succeeded.
    chosen = Assignment.objects.filter(unit=cast.office, due_on=None)[0]
    with acting(by=cast.secretary, reason="Chọn đơn vị trả lời"), transaction.atomic():
        chosen.answering_unit = cast.danang
        chosen.save()
    cast.quangnam.successions_from.create(to_unit=cast.office, takes_effect_on=date(2025, 7, 1))
    cast.stranger.groups.add(cast.officer.groups.get())
    appoint(user=cast.stranger, unit=cast.quangnam, duty=Posting.Duty.DEPUTY, by=cast.administrator)
    for who, person in people.items():
        user = User.objects.get(pk=person.pk)
        held = rights(user, on=ON)
        seen = visible_to(user, Assignment, on=ON)
        texts = {row: told(row, held) for row in seen}
        for query in QUERIES:
            found = set(seen.filter(searched(query, held=held).condition))
            asked = words(query)
            expected = {
                row for row, its in texts.items() if all(any(word in text for text in its) for word in asked)
            }
            assert found == (expected if asked or not query else set()), (who, query)
