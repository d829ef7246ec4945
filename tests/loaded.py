"""Loading the programme or the demo takes seconds: once for a module, in a transaction around its tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import transaction
from pytest_django import DjangoDbBlocker


@contextmanager
def shared_database(blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written in the block is there for each test within it and gone afterwards.

    For fixtures of scope "module" that ask for `django_db_setup`, too; their tests ask for `db`, never for a
    transactional one.
    """
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def counts() -> dict[str, int]:
    """Return the number of rows of every table, history tables included."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models(include_auto_created=True)
    }
