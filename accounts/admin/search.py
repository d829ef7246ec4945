"""Search boxes that ask for no accents and no order of words."""

from __future__ import annotations

from functools import reduce
from typing import Any

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from accounts.fields import FoldText
from accounts.text import words


def find_folded(rows: QuerySet[Any], term: str, *fields: str) -> QuerySet[Any]:
    """Keep the rows in whose fields every word typed is found; without an index, for some thousand rows."""
    asked = words(term)
    if not asked:
        return rows
    parts: list[Any] = [part for field in fields for part in (F(field), Value(" "))]
    folded = FoldText(Concat(*parts, output_field=TextField()))
    rows = rows.annotate(folded_words=folded)
    return reduce(lambda found, word: found.filter(folded_words__contains=word), asked, rows)


class FoldedSearch:
    """A screen whose search box looks into `search_fields`, folded."""

    search_fields: Any

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return find_folded(queryset, search_term, *self.search_fields), False
