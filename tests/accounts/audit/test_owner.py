"""Who acts on the database: the run role, but for the length of a block the owner."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.db.utils import ProgrammingError
from pytest_django import Settings

from accounts.audit.owner import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


def who() -> str:
    """The role that acts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def test_the_owner_acts_within_the_block_and_the_run_role_after_it() -> None:
    owner, run_role = settings.DATABASE_OWNER["USER"], settings.DATABASES["default"]["USER"]
    assert owner != run_role
    assert who() == run_role
    with as_owner():
        assert who() == owner
    assert who() == run_role


def test_the_run_role_is_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), as_owner():
        raise ZeroDivisionError
    assert who() == settings.DATABASES["default"]["USER"]


def test_a_transaction_is_not_cut_in_two() -> None:
    with transaction.atomic(), pytest.raises(TransactionManagementError), as_owner():
        pass


def test_without_an_owner_nothing_is_switched(settings: Settings) -> None:
    settings.DATABASE_OWNER = {}
    run_role = who()
    with as_owner():
        assert who() == run_role


def test_the_pool_of_the_run_role_is_not_used() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "OPTIONS", {"pool": {"min_size": 1, "max_size": 2}})
        patch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
        with as_owner():
            assert "pool" not in connection.settings_dict["OPTIONS"]
        assert "pool" in connection.settings_dict["OPTIONS"]


def test_migrate_acts_as_the_owner() -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations ADD COLUMN mine integer")
    call_command("migrate", verbosity=0)
    assert who() == settings.DATABASES["default"]["USER"]
