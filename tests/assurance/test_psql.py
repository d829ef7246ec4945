"""psql as the run role: somebody at the server's console who has the application's password."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from psycopg import sql

from directives.models import Assignment
from tests.access.matrix import digest
from tests.assurance.attempts import next_version, raw
from tests.assurance.guarded import populate, targets
from tests.cast import Cast
from tests.config.superuser import psql_program


def _statements() -> Iterator[str]:
    """Yield for each guarded column an update, and for each table a deletion and a truncation."""
    with connection.cursor() as cursor:
        for target in targets(every_column=True):
            value = sql.Literal(raw(target)).as_string(cursor.connection)
            column, where = f'"{target.column}" = {value}', f'WHERE "{target.key}" = {target.pk}'
            yield f'UPDATE "{target.table}" SET {column} {where}'
            if next_version(target) and target.column != "version":
                yield f'UPDATE "{target.table}" SET {column}{next_version(target)} {where}'
        for table in sorted({target.table for target in targets(every_column=False)}):
            yield f'DELETE FROM "{table}"'
            yield f'TRUNCATE "{table}" CASCADE'


@pytest.mark.django_db(transaction=True)
def test_nothing_that_is_typed_into_psql_changes_a_guarded_column(
    cast: Cast, spread: dict[str, Assignment], record_property: Callable[[str, object], None]
) -> None:
    populate(cast)
    statements = list(_statements())
    before = digest()

    done = subprocess.run(
        [psql_program(), "-X", "-q", "-d", os.environ["DATABASE_URL"]],
        input=";\n".join([*statements, ""]),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.count("ERROR:") == len(statements), "each is refused"
    assert digest() == before
    record_property(
        "assurance", ["doors", "Statements typed into psql as the run role, each refused", len(statements), 0]
    )
