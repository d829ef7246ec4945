"""What the words of a search mean: by which directives and units each is told; one query.

A set of words is a number: the bit of each word's place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models import Case, Expression, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat

from accounts.fields import FoldText
from directives.models import Directive, Document
from directives.rights import Rights
from directives.sight import logged_directives, logged_documents

# A directive is told by its document, too; a unit by its own names and by those of its successors, however far.
_MEANINGS = """
WITH RECURSIVE found(kind, id, bits) AS (
    SELECT kind, id, {bits} FROM (
        SELECT 'documents', id, looked FROM ({documents}) documents(id, looked)
        UNION ALL SELECT 'directives', id, looked FROM ({directives}) directives(id, looked)
        UNION ALL SELECT 'units', id, search FROM steering_unit
        UNION ALL SELECT 'units', unit_id, search FROM steering_unitname
        UNION ALL SELECT 'units', unit_id, search FROM steering_unitalias
    ) texts(kind, id, looked) WHERE {any}
), units(id, bits) AS (
    SELECT id, bits FROM found WHERE kind = 'units'
  UNION
    SELECT s.from_unit_id, units.bits FROM units JOIN steering_succession s ON s.to_unit_id = units.id
)
SELECT 'units', id, bit_or(bits) FROM units GROUP BY id
UNION ALL SELECT kind, id, bits FROM found WHERE kind = 'directives'
UNION ALL SELECT 'directives', d.id, found.bits
    FROM found JOIN directives_directive d ON d.document_id = found.id WHERE found.kind = 'documents'"""


@dataclass
class Meanings:
    """Which words mean what, by id; what no word means is not here."""

    directives: dict[int, int] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)


def meanings(asked: Sequence[str], *, held: Rights) -> Meanings:
    """Return what folded words (`accounts.text.words`, at most sixty) mean to the person whose rights are `held`."""
    if not asked:
        return Meanings()
    documents, of_documents = _texts(Document, held)
    directives, of_directives = _texts(Directive, held)
    # A word holds letters and digits only: nothing in it is special to LIKE.
    likes = [f"%{word}%" for word in asked]
    bits = " + ".join(f"(looked LIKE %s)::int * {1 << place}::bigint" for place, _word in enumerate(likes))
    one_of = " OR ".join(["looked LIKE %s"] * len(likes))
    sql = _MEANINGS.format(bits=bits, any=one_of, documents=documents, directives=directives)
    params = [*likes, *of_documents, *of_directives, *likes]
    found = Meanings()
    kinds = vars(found)
    with connections[Directive.objects.db].cursor() as cursor:
        cursor.execute(sql, params)
        for kind, pk, bits in cursor.fetchall():
            means = kinds[kind]
            means[pk] = means.get(pk, 0) | bits
    return found


def _texts(model: type[Directive | Document], held: Rights) -> tuple[str, Any]:
    rows: QuerySet[Any] = model._default_manager.order_by()
    sql, params = (
        rows.annotate(looked=looked_into(model, held)).values_list("pk", "looked").query.sql_with_params()
    )
    return sql, params


def looked_into(model: type[Directive | Document], held: Rights) -> Expression | F:
    """Return the folded text of a row that is looked into: of what a person reads by opening only, what lists show."""
    if not held.auditor:
        return F("search")
    logged, listed = _LOGGED[model]
    shown = Concat(*(part for name in listed for part in (F(name), Value(" "))), output_field=TextField())
    return Case(When(logged(held), then=FoldText(shown)), default=F("search"))


_LOGGED: dict[type[Directive | Document], tuple[Callable[[Rights], Q], tuple[str, ...]]] = {
    Document: (logged_documents, ("number", "issuer")),
    Directive: (logged_directives, ("code",)),
}
