"""`manage.py access`: who sees what and who does what, as the code has it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from directives import access_page


class Command(BaseCommand):
    """Prints the page; needs no database."""

    help = "Prints who sees a directive (role, relation, restricted) and who does which verb, as Markdown."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--write` renews docs/access.md."""
        parser.add_argument("--write", action="store_true", help="renew docs/access.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Labels are those of the default language, whatever this shell speaks."""
        with translation.override(settings.LANGUAGE_CODE):
            page = access_page.page()
        if options["write"]:
            (settings.BASE_DIR / "docs" / "access.md").write_text(page, encoding="utf-8")
            self.stdout.write("docs/access.md is up to date.")
        else:
            self.stdout.write(page)
