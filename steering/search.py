"""Finding units by what people type: any name they bore, any way it is written, in any order of the words."""

from __future__ import annotations

from collections.abc import Iterable

from steering.models import Unit, UnitAlias, UnitName


def unit_ids(words: Iterable[str]) -> set[int]:
    """Return the ids of the units in whose names, aliases or code every word is found; one query a word.

    The words are folded (`accounts.text.words`); parts of words count. Without words nothing is found.
    """
    found: set[int] | None = None
    for word in words:
        hits = Unit.objects.filter(search__contains=word).order_by().values_list("pk")
        names = UnitName.objects.filter(search__contains=word).order_by().values_list("unit_id")
        aliases = UnitAlias.objects.filter(search__contains=word).order_by().values_list("unit_id")
        ids = {row[0] for row in hits.union(names, aliases)}
        found = ids if found is None else found & ids
    return found or set()
