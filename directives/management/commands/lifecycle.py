"""`manage.py lifecycle`: the life of an assignment, as the code has it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from directives import lifecycle_page


class Command(BaseCommand):
    """Prints the table; needs no database."""

    help = "Prints the statuses and verbs of an assignment: who may do what, from where, to where."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--mermaid` prints a diagram, `--write` renews docs/lifecycle.md."""
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--mermaid", action="store_true", help="as a Mermaid state diagram")
        form.add_argument("--write", action="store_true", help="renew docs/lifecycle.md")

    def handle(self, *args: Any, **options: Any) -> None:
        """Labels are those of the default language, whatever this shell speaks."""
        with translation.override(settings.LANGUAGE_CODE):
            if options["write"]:
                path = settings.BASE_DIR / "docs" / "lifecycle.md"
                path.write_text(lifecycle_page.page(), encoding="utf-8")
                self.stdout.write("docs/lifecycle.md is up to date.")
            else:
                self.stdout.write(lifecycle_page.mermaid() if options["mermaid"] else lifecycle_page.text())
