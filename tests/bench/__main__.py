"""`make bench`: measures on servers of its own, prints each figure and writes docs/performance.md.

`--size 10000` is quick. Absolute figures are of the machine they were measured on; what counts are the ratios.
"""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path

PAGE = Path("docs/performance.md")


def main() -> None:
    """Start the servers, make the sector, measure."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--size", type=int, default=750_000, help="assignments; a tenth is open and due")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    with ExitStack() as stack:
        from tests.bench.post import post_office

        _environment(stack)
        os.environ["EMAIL_URL"] = stack.enter_context(post_office())
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests.bench import reconciliation, reminders  # noqa: F401 - they enter their measurements
        from tests.bench.registry import MEASUREMENTS, Sizes
        from tests.bench.sector import fill

        sizes = Sizes(options.size, options.size // 10, max(20, options.size // 250))
        fill(sizes)
        lines = [
            f"| {sizes.assignments:,} assignments, {sizes.due:,} due, {sizes.recipients:,} recipients | | |"
        ]
        for measurement in MEASUREMENTS:
            for figure in measurement(sizes):
                lines.append(f"| {figure.what} | {figure.value:,.2f} | {figure.unit} |")
                print(lines[-1], flush=True)
    if options.write:
        PAGE.write_text(_page(lines), encoding="utf-8")


def _environment(stack: ExitStack) -> None:
    from config.embedded import servers_in
    from config.embedded_home import temporary_home

    home, folder = temporary_home()
    servers = servers_in(home, folder, logs=folder, durable=True)
    stack.callback(servers.stop)
    servers.start()
    servers.ensure_database("bench")
    os.environ.update(servers.environment("bench"))
    var = stack.enter_context(tempfile.TemporaryDirectory(prefix="dondoc-bench-"))
    os.environ.update(
        VAR_DIR=var, FILES_DIR=f"{var}/files", MAIL_DIR=f"{var}/mail", SECRET_KEY=secrets.token_urlsafe(32),
        LOG_LEVEL="ERROR", MAIL_WINDOW="", DJANGO_SETTINGS_MODULE="config.settings", SITE_URL="http://127.0.0.1:8000",
    )  # fmt: skip


def _page(lines: list[str]) -> str:
    head = f"""\
# Performance

Rendered by `make bench`, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}, PostgreSQL
and the SMTP server on the same machine. Absolute figures are of that machine; what counts are the ratios.

| what | figure | |
|---|---:|---|
"""
    return head + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
