"""Model fields that keep Vietnamese text in one form, whatever door it comes through; look-ups of our own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from accounts.text import nfc

if TYPE_CHECKING:
    _Field = models.Field[str | int | Combinable, str]
    _CharField = models.CharField[str | int | Combinable, str]
    _TextField = models.TextField[str | Combinable, str]
    _Lookup = models.Lookup[Any]
else:
    _Field, _CharField, _TextField = models.Field, models.CharField, models.TextField
    _Lookup = models.Lookup


def _clean(value: Any, *, one_line: bool) -> Any:
    return nfc(value, one_line=one_line) if isinstance(value, str) else value


class _NFCField(_Field):
    """Normalises on the way in from forms, in look-ups, and on the instance itself when it is saved."""

    one_line = False

    def to_python(self, value: Any) -> Any:
        return _clean(super().to_python(value), one_line=self.one_line)

    def get_prep_value(self, value: Any) -> Any:
        return _clean(super().get_prep_value(value), one_line=self.one_line)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        # The instance, too: a history row written from it must equal the row in the database.
        value = _clean(getattr(model_instance, self.attname), one_line=self.one_line)
        setattr(model_instance, self.attname, value)
        return value


class LineField(_NFCField, _CharField):
    """One line of text: NFC, trimmed, runs of white space as one space."""

    one_line = True


class ProseField(_NFCField, _TextField):
    """Text of several lines: NFC, trimmed."""


class FoldText(models.Func):
    """`fold_text(…)` in the database: the twin of `accounts.text.fold`."""

    function = "fold_text"
    arity = 1
    output_field = models.TextField()


def search_column(*fields: str) -> models.GeneratedField:
    """Return a generated column with the folded text of the fields; give it a trigram index (`search_index`)."""
    texts: list[models.F | Value] = []
    for name in fields:
        texts += [Value(" "), models.F(name)] if texts else [models.F(name)]
    whole = Concat(*texts, output_field=models.TextField()) if len(texts) > 1 else texts[0]
    return models.GeneratedField(
        expression=FoldText(whole), output_field=models.TextField(), db_persist=True, editable=False
    )


def search_index(name: str) -> GinIndex:
    """Return the index that serves the search box: each folded word with LIKE '%…%' on the column `search`."""
    return GinIndex(OpClass(models.F("search"), name="gin_trgm_ops"), name=name)


@models.ForeignKey.register_lookup
@models.BigAutoField.register_lookup
class Among(_Lookup):
    """`unit__among=ids`: what `unit__in=ids` says, of ids only and as one parameter however many they are.

    Django makes a parameter of each id, wherever the condition stands. Of a queryset of ids these are found first, and
    then looked for in an index all at once; `in` looks for one after the other where it begins with them.
    """

    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return frozenset(self.rhs) if self.rhs_is_direct_value() else self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = self.process_lhs(compiler, connection)
        if not self.rhs_is_direct_value():
            ids, of_ids = self.process_rhs(compiler, connection)
            return f"{sql} = ANY(ARRAY{ids})", (*params, *of_ids)
        if not self.rhs:
            raise EmptyResultSet
        # Rows of one id an index gives in its order; of `ANY` PostgreSQL thinks that it may be several.
        if len(self.rhs) == 1:
            return f"{sql} = %s", (*params, *self.rhs)
        return f"{sql} = ANY(%s::bigint[])", (*params, _array(self.rhs))


@lru_cache(maxsize=64)
def _array(ids: frozenset[int]) -> str:
    """Return an array as PostgreSQL reads it. What a person sees stands in several places of each statement, and is the
    same in the next request; psycopg would go through the numbers each time."""
    return f"{{{','.join(map(str, sorted(ids)))}}}"
