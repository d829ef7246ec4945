"""`make lint`: every check of the code that is not a test. All are run; one that complains makes the exit code 1."""

import os
import secrets
import subprocess
import sys

from config.embedded import temporary_servers
from config.embedded_cluster import MAINTENANCE_DATABASE
from config.installation import ROOT

CHECKS = [
    ["-m", "ruff", "check", "--quiet", "."],
    ["-m", "ruff", "format", "--check", "--quiet", "."],
    ["-m", "mypy", "."],
    ["manage.py", "makemigrations", "--check", "--dry-run"],
    ["manage.py", "check", "--fail-level", "WARNING", "--database", "default"],
    ["manage.py", "catalogue", "--check"],
]


def main() -> int:
    """Run the checks on temporary servers, never on the data of `make run`. Returns the exit code."""
    with temporary_servers() as servers:
        environment = {
            **os.environ,
            **servers.environment(MAINTENANCE_DATABASE),
            "SECRET_KEY": secrets.token_urlsafe(50),
        }
        failed = []
        for check in CHECKS:
            name = " ".join(check).removeprefix("-m ")
            print(f"— {name}", flush=True)
            if (
                subprocess.run([sys.executable, *check], cwd=ROOT, env=environment, check=False).returncode
                != 0
            ):
                failed.append(name)
    if failed:
        print("Complaints from: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
