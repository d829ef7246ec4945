"""The rows that people see, beside their history: the newest version and the row itself must say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts.audit.guards import tracked_relations
from accounts.audit.record_sql import history_model, tracked_columns
from accounts.audit.seals.findings import MOST_FINDINGS, Kind, Report


def compare_live_rows(report: Report) -> None:
    """Name each row that differs from its newest version, has none, or is gone without one that says so.

    One statement a table, so that work going on meanwhile is seen whole or not at all.
    """
    for model in _with_history():
        table = model._meta.db_table
        for key, kind, columns in _differences(model):
            report.add(Kind(kind), table=table, key=key, columns=tuple(columns or ()))
        for name in tracked_relations(model):
            for key in _differing_relations(model, name):
                report.add(Kind.LIVE_DIFFERS, table=table, key=key, columns=(name,))


def _with_history() -> Iterator[type[models.Model]]:
    found = (m for m in apps.get_models() if hasattr(m._meta, "simple_history_manager_attribute"))
    return iter(sorted(found, key=lambda model: model._meta.db_table))


def _newest(past: str) -> str:
    """The newest version of each row, whatever it says."""
    return (
        f'(SELECT h.* FROM public."{past}" h'
        f' JOIN (SELECT max(history_id) AS newest FROM public."{past}" GROUP BY id) latest'
        f" ON latest.newest = h.history_id)"
    )


def _differences(model: type[models.Model]) -> list[tuple[int, str, list[str] | None]]:
    """Return key, kind of finding and differing columns, of at most MOST_FINDINGS rows."""
    history = history_model(model)
    columns = tracked_columns(history)
    differing = ", ".join(f'CASE WHEN l."{c}" IS DISTINCT FROM n."{c}" THEN \'{c}\' END' for c in columns)
    differs = Kind.LIVE_DIFFERS.value
    query = f"""
        WITH compared AS (
            SELECT coalesce(l.id, n.id) AS id, CASE
                WHEN l.id IS NULL AND n.history_type <> '-' THEN '{Kind.LIVE_GONE.value}'
                WHEN l.id IS NOT NULL AND (n.id IS NULL OR n.history_type = '-') THEN '{Kind.LIVE_UNRECORDED.value}'
                WHEN l.id IS NOT NULL THEN '{differs}' END AS kind,
                array_remove(ARRAY[{differing}], NULL) AS columns
            FROM public."{model._meta.db_table}" l FULL JOIN {_newest(history._meta.db_table)} n ON n.id = l.id
        )
        SELECT id, kind, CASE WHEN kind = '{differs}' THEN columns END FROM compared
        WHERE kind IS NOT NULL AND (kind <> '{differs}' OR columns <> '{{}}') ORDER BY id LIMIT {MOST_FINDINGS}
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[int, str, list[str] | None]] = cursor.fetchall()
    return found


def _differing_relations(model: type[models.Model], field_name: str) -> list[int]:
    """Return the keys of the rows whose many-to-many relation is not what their newest version says."""
    relation: Any = model._meta.get_field(field_name)
    through, owner, other = relation.m2m_db_table(), relation.m2m_column_name(), relation.m2m_reverse_name()
    history: Any = history_model(model)
    kept = getattr(history, field_name).model._meta.db_table
    told = (
        f'SELECT n.id AS owner, k."{other}" AS other FROM {_newest(history._meta.db_table)} n'
        f' JOIN public."{kept}" k ON k.history_id = n.history_id'
    )
    live = f'SELECT "{owner}", "{other}" FROM public."{through}"'
    query = f"""
        SELECT DISTINCT owner FROM (
            (SELECT * FROM ({told}) a EXCEPT {live}) UNION ALL ({live} EXCEPT SELECT * FROM ({told}) b)
        ) different ORDER BY owner LIMIT {MOST_FINDINGS}
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [key for (key,) in cursor.fetchall()]
