"""About how many assignments a directive has, and a unit: by it a list decides whether to find all rows and order them,
or to go through an order until a page is full. PostgreSQL's own estimate; nothing but speed depends on it."""

from __future__ import annotations

from django.db.models import BigIntegerField
from django.db.models.expressions import RawSQL

from directives.rights import Rights

# 0 until the table was analyzed for the first time.
_OF_EACH = """SELECT (greatest(whole.reltuples, 0) / greatest(one.reltuples, 1))::bigint
    FROM pg_class whole, pg_class one
    WHERE whole.oid = 'directives_assignment'::regclass AND one.oid = '{table}'::regclass"""
OF_DIRECTIVE_SQL = _OF_EACH.format(table="directives_directive")
OF_UNIT_SQL = _OF_EACH.format(table="steering_unit")
OF_DIRECTIVE = RawSQL(OF_DIRECTIVE_SQL, [], BigIntegerField())  # noqa: S611 - a constant

# So many rows are found and ordered in some ms. Of directives alone it takes a third as long for each, but not for who
# sees it for several reasons.
_FEW, _FEW_OF_DIRECTIVES, _FEW_OF_UNITS = 20_000, 35_000, 10_000


def is_few(held: Rights, assignments: int, *, of_directives: bool) -> bool:
    """Return whether all of so many assignments are sooner found and ordered than a page of them is met in an order,
    which may have them last; `of_directives` when they are all assignments of some directives."""
    if sees_units_only(held):
        return assignments <= _FEW_OF_UNITS
    return assignments <= (_FEW_OF_DIRECTIVES if of_directives else _FEW)


def sees_units_only(held: Rights) -> bool:
    """Return whether a person sees of a directive no more than some units' parts and a lead's."""
    return not (held.auditor or held.administrator or held.committees or held.seats)


def rows_of_directive(held: Rights, of_directive: int) -> int:
    """Return about how many rows of one directive a person sees, of those that one has (`OF_DIRECTIVE`)."""
    return min(of_directive, len(held.sees) + 1) if sees_units_only(held) else of_directive
