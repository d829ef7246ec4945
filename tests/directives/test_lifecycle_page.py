"""The lifecycle as people read it is the one in the code."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation

from directives import lifecycle_page
from directives.lifecycle import Status, Verb, allowed_pairs


def printed(*options: str) -> str:
    out = StringIO()
    call_command("lifecycle", *options, stdout=out)
    return out.getvalue()


def test_the_page_in_the_documentation_is_current() -> None:
    """Renew it with `manage.py lifecycle --write`."""
    page = (settings.BASE_DIR / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    with translation.override(settings.LANGUAGE_CODE):
        assert page == lifecycle_page.page()


def test_the_table_has_every_verb_and_status_with_the_word_on_the_screen() -> None:
    lines = printed().splitlines()
    for code in (*Verb, *Status):
        assert any(line.startswith(code.value) and str(code.label) in line for line in lines)
    accept = next(line for line in lines if line.startswith("accept"))
    assert accept.split() == ["accept", "Tiếp", "nhận", "assigned", "in_progress", "unit", "–"]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_labels_do_not_depend_on_the_language_of_the_shell(language: str) -> None:
    with translation.override(language):
        assert "Chưa tiếp nhận" in printed()


def test_the_diagram_has_exactly_the_steps_that_the_database_allows() -> None:
    arrows = [line.strip().split(": ")[0] for line in printed("--mermaid").splitlines() if "-->" in line]
    pairs = {tuple(arrow.split(" --> ")) for arrow in arrows}
    assert pairs == {(source or "[*]", target) for source, target in allowed_pairs()}
