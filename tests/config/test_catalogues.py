"""The tool that keeps the translations complete finds every text, and what is wrong with its translation."""

from __future__ import annotations

import re
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation import gettext, ngettext

from config import catalogues
from config.installation import ROOT


@pytest.fixture
def project(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own without packages, with nothing translated yet."""
    monkeypatch.setattr(catalogues, "third_party_messages", dict)
    for folder in catalogues.OUR_FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "accounts/words.py").write_text(
        'from x import gettext as _, ngettext\n_("Đơn vị %(name)s")\nngettext("%d tệp", "%d tệp", 2)\nrun("không")\n'
    )
    (tmp_path / "templates/page.html").write_text(
        '{% load i18n %}\n  <p>{% translate "Nhiệm vụ" %}</p>\n'
        "{% blocktranslate trimmed %}\n  Xin chào\n  {{ name }}\n{% endblocktranslate %}\n"
    )
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path


def translate(project: Path, translations: dict[str, Any]) -> None:
    path = project / "locale/en/LC_MESSAGES/django.po"
    with path.open("rb") as file:
        catalog = read_po(file, locale="en")
    for text, words in translations.items():
        found = catalog.get(text)
        assert found is not None, text
        found.string = words
    result = catalogues.Result("en", catalog, [], [])
    path.write_bytes(result.files()[path])


def run(*options: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("catalogue", *options)
    return str(caught.value)


def test_it_finds_texts_in_code_and_templates(project: Path) -> None:
    found = {message for _context, message in catalogues.our_messages()}
    assert found == {"Đơn vị %(name)s", ("%d tệp", "%d tệp"), "Nhiệm vụ", "Xin chào %(name)s"}


def test_a_text_without_translation_is_named(project: Path) -> None:
    assert "en: no translation: 'Nhiệm vụ'" in run()
    assert "en: no translation: 'Nhiệm vụ'" in run("--check")


def test_a_new_text_makes_the_catalogue_stale(project: Path) -> None:
    run()
    (project / "steering/more.py").write_text('_("Thêm một câu")\n')
    assert "en: django.po is stale" in run("--check")
    run()
    assert "stale" not in run("--check")


def test_a_translation_with_other_placeholders_is_refused(project: Path) -> None:
    run()
    translate(project, {"Đơn vị %(name)s": "Unit %(title)s"})
    assert "en: Đơn vị %(name)s" in run()


def test_translations_are_kept_and_compiled(project: Path) -> None:
    run()
    translate(project, {"Nhiệm vụ": "Directives", "%d tệp": ("%d file", "%d files")})
    assert "Nhiệm vụ" not in run()
    with (project / "locale/en/LC_MESSAGES/django.mo").open("rb") as file:
        catalog = GNUTranslations(file)
    assert catalog.gettext("Nhiệm vụ") == "Directives"
    assert catalog.ngettext("%d tệp", "%d tệp", 1) == "%d file"
    assert catalog.ngettext("%d tệp", "%d tệp", 5) == "%d files"


def test_it_finds_the_texts_of_packages() -> None:
    found = catalogues.third_party_messages()
    assert (None, "Log out") in found
    assert (None, "Apply Filters") in found
    assert not [message for _context, message in found if "Nhiệm vụ" in message]


def test_third_party_texts_speak_vietnamese() -> None:
    with translation.override("vi"):
        assert gettext("Log out") == "Đăng xuất"
        assert gettext("Apply Filters") == "Lọc"
        assert ngettext("%(num)d day", "%(num)d days", 3) % {"num": 3} == "3 ngày"


def test_no_text_hides_behind_a_name_that_is_not_read() -> None:
    """`gettext as _now` is collected only because `_now` is among the keywords."""
    names = {
        name
        for folder in catalogues.OUR_FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\bgettext\w* as (\w+)", path.read_text())
    }
    assert names <= catalogues.KEYWORDS.keys()
