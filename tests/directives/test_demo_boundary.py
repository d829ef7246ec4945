"""Demo and real data never share a database."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from accounts.passwords import FourClassesValidator
from directives.demo.boundary import mixture
from directives.demo.password import demo_password
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


def test_the_password_is_the_given_one(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "Duoc-cho-truoc-1")
    assert demo_password() == "Duoc-cho-truoc-1"


def test_without_one_a_strong_one_is_made_and_kept_for_its_owner_only(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    password = demo_password()
    FourClassesValidator().validate(password)
    assert len(password) >= 14
    assert demo_password() == password
    assert (tmp_path / "var" / "demo_password").stat().st_mode & 0o777 == 0o600
