"""Demo and real data never share a database."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from directives.demo.boundary import mixture
from directives.models import Document
from steering.models import Unit
from tests.cast import Cast


def test_an_empty_database_may_become_either(db: None, settings: Settings) -> None:
    for settings.DEMO in (True, False):
        assert mixture() == ""


def test_switched_off_nothing_is_loaded(db: None, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="set DEMO=1"):
        call_command("load_demo")
    assert not Unit.objects.exists()


def test_the_empty_programme_is_no_real_data(db: None, settings: Settings) -> None:
    settings.DEMO = True
    call_command("load_programme", verbosity=0)
    assert mixture() == ""


def test_an_account_that_somebody_made_is_real(db: None, settings: Settings) -> None:
    settings.DEMO = True
    User.objects.create_user("quantri", full_name="Người Thật")
    with pytest.raises(CommandError, match="holds real data"):
        call_command("load_demo")
    assert not Unit.objects.exists()


def test_a_document_that_somebody_entered_is_real(cast: Cast, settings: Settings) -> None:
    cast.document()
    settings.DEMO = True
    assert "holds real data" in mixture()
    assert not Document.objects.filter(is_fictitious=True).exists()


def test_the_demo_is_not_loaded_without_a_password(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="Set DEMO_PASSWORD"):
        call_command("load_demo")
    assert not Unit.objects.exists()
