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
from directives.access import units_looked_for
from directives.density import OF_DIRECTIVE_SQL, OF_UNIT_SQL
from directives.models import Directive, Document
from directives.rights import Rights
from directives.sight import EVERYTHING, logged_directives, logged_documents
from steering.models import Succession, Unit

# A directive is told by its document, too; a unit by its own names and by those of its successors, however far. The
# name that a unit bears stands among its names once more. Of texts no word is in nothing is told: `OFFSET 0` lets
# PostgreSQL ask that of the number, not of each text for each word once more.
_MEANINGS = """
WITH RECURSIVE onward(unit, later) AS (
    SELECT from_unit_id, to_unit_id FROM steering_succession
  UNION
    SELECT onward.unit, s.to_unit_id FROM onward JOIN steering_succession s ON s.from_unit_id = onward.later
), unit(id, name, search) AS {kept} ({units}
), told(kind, id, bits) AS MATERIALIZED (
    SELECT * FROM (
        SELECT kind, id, {bits} FROM (
            SELECT 'documents', id, looked FROM ({documents}) documents(id, looked)
            UNION ALL SELECT 'directives', id, looked FROM ({directives}) directives(id, looked)
            UNION ALL SELECT 'units', id, search FROM unit
            UNION ALL SELECT 'units', unit.id, other.search
                FROM unit JOIN steering_unitname other ON other.unit_id = unit.id AND other.name <> unit.name
            UNION ALL SELECT 'units', unit.id, other.search
                FROM unit JOIN steering_unitalias other ON other.unit_id = unit.id
        ) texts(kind, id, looked) OFFSET 0
    ) each_text(kind, id, bits) WHERE bits <> 0
), meant(kind, id, bits) AS (
    SELECT kind, id, bits FROM told WHERE kind <> 'documents'
    UNION ALL SELECT 'directives', d.id, told.bits
        FROM told JOIN directives_directive d ON d.document_id = told.id WHERE told.kind = 'documents'
    UNION ALL SELECT 'units', onward.unit, told.bits
        FROM told JOIN onward ON onward.later = told.id WHERE told.kind = 'units'
)
SELECT kind, bits, array_agg(id), NULL, NULL FROM (
    SELECT kind, id, bit_or(bits) AS bits FROM meant GROUP BY kind, id
) each_once GROUP BY kind, bits
UNION ALL SELECT NULL, NULL, NULL, ({of_directive}), ({of_unit})"""


@dataclass
class Meanings:
    """What is told by which words, ids by words; what no word tells is not here. Beside it about how many assignments a
    directive has, and a unit."""

    directives: dict[int, frozenset[int]] = field(default_factory=dict)
    units: dict[int, frozenset[int]] = field(default_factory=dict)
    of_directive: int = 0
    of_unit: int = 0


def meanings(asked: Sequence[str], *, held: Rights) -> Meanings:
    """Return what folded words (`accounts.text.words`, at most sixty) mean to the person whose rights are `held`."""
    if not asked:
        return Meanings()
    documents, of_documents = _texts(Document, held)
    directives, of_directives = _texts(Directive, held)
    # Whoever took over from one of the units tells it, too.
    theirs = units_looked_for(held)
    later = Q(pk__in=Succession.objects.order_by().values("to_unit"))
    names = Unit.objects.filter(theirs | later).order_by().values_list("pk", "name", "search")
    units, of_units = names.query.sql_with_params()
    # A word holds letters and digits only: nothing in it is special to LIKE.
    likes = [f"%{word}%" for word in asked]
    bits = " + ".join(f"(looked LIKE %s)::int * {1 << place}::bigint" for place, _word in enumerate(likes))
    sql = _MEANINGS.format(
        kept="NOT MATERIALIZED" if theirs == EVERYTHING else "MATERIALIZED",
        units=units, bits=bits, documents=documents, directives=directives,
        of_directive=OF_DIRECTIVE_SQL, of_unit=OF_UNIT_SQL,
    )  # fmt: skip
    found = Meanings()
    kinds = vars(found)
    with connections[Directive.objects.db].cursor() as cursor:
        cursor.execute(sql, [*of_units, *likes, *of_documents, *of_directives])
        for kind, told, ids, of_directive, of_unit in cursor.fetchall():
            if kind is None:
                found.of_directive, found.of_unit = of_directive, of_unit
            else:
                kinds[kind][told] = frozenset(ids)
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
