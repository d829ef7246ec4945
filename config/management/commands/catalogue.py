"""`manage.py catalogue`: bring locale/ up to date with the code; `--check` only looks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

SHOWN = 30


class Command(BaseCommand):
    help = (
        "Collects the texts to translate into locale/ and compiles them; fails while one has no translation."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Write nothing; fail when the files are stale."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the catalogues, or with `--check` compare them; raise CommandError for what is left to do."""
        from config.catalogues import build

        complaints: list[str] = []
        for result in build():
            for path, content in result.files().items():
                if path.exists() and path.read_bytes() == content:
                    continue
                if options["check"]:
                    complaints.append(f"{result.language}: {path.name} is stale; run manage.py catalogue")
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
            complaints += [f"{result.language}: no translation: {text!r}" for text in result.untranslated]
            complaints += [f"{result.language}: {text}" for text in result.wrong]
        if complaints:
            more = [f"… and {len(complaints) - SHOWN} more"] if len(complaints) > SHOWN else []
            raise CommandError("\n".join([*complaints[:SHOWN], *more]))
