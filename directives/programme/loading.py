"""Put the documents and directives of DOMAIN §2 into the database, entered and issued as of their dates.

As in `steering.programme.loading`, only what was never there is added. Everything goes through the services,
so each row has its history, and each assignment its first due date in the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.clock import start_of_day
from accounts.dated import holds_on
from accounts.models import User
from accounts.text import nfc
from directives import programme, services
from directives.models import Directive, Document
from directives.programme import DirectiveRow, DocumentRow
from directives.programme.loader import loader
from steering.models import Committee, Unit
from steering.programme import committee as committee_row
from steering.programme.loading import Added, ever


def at_nine(day: date) -> datetime:
    """Return 09:00 in Hà Nội on a day, aware."""
    return start_of_day(day) + timedelta(hours=9)


def committee_of_programme() -> Committee:
    """Return the committee that the programme is about; people may have changed its code since."""
    return Committee.objects.get(pk=ever(Committee, ["code"])[committee_row().code,])


def units_of_programme() -> dict[str, Unit]:
    """Return all units by each code that they bear or bore."""
    units = Unit.objects.in_bulk()
    return {code: units[pk] for (code,), pk in ever(Unit, ["code"]).items()}


@transaction.atomic
def load_case() -> Added:
    """Load documents, their relations and directives; returns how many of each.

    1. What the history knows, by kind and subject or by document and ordinal, is left alone.
    2. The rest is entered by the loader's account as of the date of each, documents first.
    3. A document of which nothing was given is issued, too: it is no draft.
    Needs the sector (`load_sector`). Call within `acting(by=…, reason=…, door=…)`.
    """
    added: Added = Counter()
    documents, directives = programme.documents(), programme.directives()
    ids = _documents_ever(documents)
    given = ever(Directive, ["document_id", "ordinal"])
    new_documents = [row for row in documents if row.key not in ids]
    new_directives = [row for row in directives if (ids.get(row.document), row.ordinal) not in given]
    if not new_documents and not new_directives:
        return added
    days = [row.issued_on for row in documents if row.issued_on]
    committee = committee_of_programme()
    with loader(committee, first=min(days), last=max(days)) as by:
        entry = _Entry(committee, by, units_of_programme(), ids)
        with_directives = {row.document for row in directives}
        for document in new_documents:
            # One whose day nobody published is entered with the latest of the others.
            at = at_nine(document.issued_on or max(days))
            entry.enter_document(document, at=at, issued=document.key not in with_directives)
            added["document"] += 1
            added["documentrelation"] += len(document.relations)
        for directive in sorted(new_directives, key=lambda row: row.given_on):
            added["directive"] += entry.give(directive)
    return added


def _documents_ever(rows: Iterable[DocumentRow]) -> dict[str, int]:
    """The ids of the documents that are or were there, by their keys in the file."""
    known = ever(Document, ["kind", "subject"])
    found = {row.key: known.get((row.kind, nfc(row.subject))) for row in rows}
    return {key: pk for key, pk in found.items() if pk is not None}


@dataclass
class _Entry:
    """The entering of rows of the files: by whom, and what their codes and keys stand for."""

    committee: Committee
    by: User
    units: dict[str, Unit]
    documents: dict[str, int]

    def enter_document(self, row: DocumentRow, *, at: datetime, issued: bool) -> None:
        """Enter a document with its relations to earlier ones."""
        document = Document(
            committee=self.committee,
            kind=row.kind,
            number=row.number,
            issued_on=row.issued_on,
            subject=row.subject,
            issuer=self.units[row.issuer].name,
            issuer_unit=self.units[row.issuer],
        )
        services.save_document(document=document, by=self.by, at=at)
        self.documents[row.key] = document.pk
        for relation in row.relations:
            other = Document.objects.get(pk=self.documents[relation.other])
            services.relate_documents(document=document, kind=relation.kind, other=other, by=self.by, at=at)
        if issued:
            services.issue_document(document=document, by=self.by, at=at)

    def give(self, row: DirectiveRow) -> bool:
        """Enter, address and issue a directive; False when its document is deleted or void by now."""
        alive = Document.objects.exclude(state=Document.State.VOID)
        document = alive.filter(pk=self.documents[row.document]).first()
        if document is None:
            return False
        at = at_nine(row.given_on)
        services.save_draft(
            directive=self._draft(row, document),
            lead=self.units[row.lead] if row.lead else None,
            units=self._others(row),
            by=self.by,
            at=at,
        )
        directive = Directive.objects.get(document=document, ordinal=row.ordinal)
        services.issue(directive=directive, by=self.by, at=at)
        return True

    def _draft(self, row: DirectiveRow, document: Document) -> Directive:
        seats = {seat.protocol_order: seat for seat in self.committee.seats.all()}
        return Directive(
            document=document,
            ordinal=row.ordinal,
            kind=row.kind,
            content=_content(row),
            given_by=row.given_by,
            given_by_unit=self.units[row.given_by_unit] if row.given_by_unit else None,
            given_by_seat=seats[row.given_by_seat] if row.given_by_seat else None,
            given_on=row.given_on,
            deadline_words=row.deadline_words,
            due_on=row.due_on,
            is_standing=row.standing,
            mode=row.mode,
        )

    def _others(self, row: DirectiveRow) -> Iterable[Unit]:
        """The coordinating units; in mode each the units just below the named ones on that day."""
        if row.mode == Directive.Mode.JOINT:
            return [self.units[code] for code in row.coordinating]
        parents = [self.units[code] for code in row.children_of]
        below = Unit.objects.on(row.given_on)
        return below.filter(holds_on(row.given_on, "parents__"), parents__parent__in=parents)


def _content(row: DirectiveRow) -> str:
    """The content; with the words for coordinating units that the source does not name."""
    if row.coordinating_words and not row.coordinating:
        return f"{row.content}\nPhối hợp: {row.coordinating_words}"
    return row.content
