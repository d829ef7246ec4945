"""``fold`` and the SQL function ``fold_text`` are twins: what a query folds is what the column holds."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.text import fold

# PostgreSQL holds neither NUL nor surrogates; an unassigned character may gain a decomposition in a later
# Unicode, and Python and PostgreSQL bring their own tables.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Cn", "Co"]), max_size=60)
VIETNAMESE = st.text(
    st.sampled_from("aàạăắâậđĐÐƉðɖêệôộơợưựyỹ AĂÂZ\u0300\u0301\u0303\u0309\u0323\u031b\u00a0\u200b\t\n")
)


def fold_in_sql(text: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fold_text(%s)", [text])
        (folded,) = cursor.fetchone()
    return str(folded)


@pytest.mark.django_db
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT | VIETNAMESE)
def test_python_and_postgresql_fold_alike(text: str) -> None:
    assert fold_in_sql(text) == fold(text)


@pytest.mark.django_db
def test_they_agree_on_every_character_below_0x3100() -> None:
    # Each between two letters, so that trimming hides nothing.
    text = [f"x{chr(code)}y" for code in range(1, 0x3100)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, fold_text(t) FROM unnest(%s::text[]) AS t", [text])
        different = [(t, folded) for t, folded in cursor.fetchall() if folded != fold(t)]
    assert different == []


@pytest.mark.django_db
def test_the_function_serves_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT provolatile, proparallel, proisstrict FROM pg_proc WHERE proname = 'fold_text'"
        )
        assert cursor.fetchall() == [("i", "s", True)]
        cursor.execute("SELECT fold_text(NULL)")
        assert cursor.fetchall() == [(None,)]
