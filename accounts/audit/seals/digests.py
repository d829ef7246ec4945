"""Rows as digests: SHA-256 of the row's line of PostgreSQL's COPY text format, without its line end.

That form is documented, tells NULL (`\\N`) from an empty text, escapes whatever could end a field, and is what
`psql -c '\\copy (SELECT …) TO STDOUT'` prints: an auditor recomputes a digest with psql and sha256sum alone. The
settings that it depends on are fixed here, whatever the session had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from django.db import connection

# Rows a block; also what is read at once.
BLOCK = 1000
SIZE = sha256().digest_size

FIXED = """
SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL TimeZone = 'UTC'; SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL search_path = public, pg_temp;
SET LOCAL client_encoding = 'UTF8'
"""


def fix_settings() -> None:
    """Fix the session's output settings until the transaction ends; call in one, before `digests`."""
    with connection.cursor() as cursor:
        cursor.execute(FIXED)


def digests(table: str, columns: Sequence[str], keys: Sequence[int]) -> bytes:
    """Return the digests of the rows with these keys (ascending), concatenated in that order; a row that is not
    there is passed over. The first of the columns is the key."""
    return b"".join(digest for _key, digest in keyed_digests(table, columns, keys))


def keyed_digests(table: str, columns: Sequence[str], keys: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """Yield key and digest of each row that is there, in the order of the keys."""
    quote = connection.ops.quote_name
    key = quote(columns[0])
    if keys[-1] - keys[0] == len(keys) - 1:
        wanted = f"{key} BETWEEN {keys[0]} AND {keys[-1]}"
    else:
        wanted = f"{key} = ANY ('{{{','.join(map(str, keys))}}}'::bigint[])"
    listed = ", ".join(map(quote, columns))
    query = f"COPY (SELECT {listed} FROM public.{quote(table)} WHERE {wanted} ORDER BY {key}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        # The server sends one row a message.
        for row in copy:
            line = bytes(row).removesuffix(b"\n")
            yield int(line.partition(b"\t")[0]), sha256(line).digest()
