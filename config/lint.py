"""`make lint`: every check of the code that is not a test. All are run; one that complains makes the exit code 1."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from config.embedded import temporary_servers
from config.embedded_cluster import MAINTENANCE_DATABASE
from config.installation import ROOT

PYTHON = sys.executable
CHECKS = [
    [PYTHON, "-m", "ruff", "check", "--quiet", "."],
    [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."],
    [PYTHON, "-m", "mypy", "."],
    [str(Path(PYTHON).with_name("lint-imports")), "--no-cache", "--no-logo"],
    [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    [PYTHON, "manage.py", "check", "--fail-level", "WARNING", "--database", "default"],
    [PYTHON, "manage.py", "catalogue", "--check"],
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
            name = " ".join([Path(check[0]).name, *check[1:]]).removeprefix(f"{Path(PYTHON).name} ")
            name = name.removeprefix("-m ")
            print(f"— {name}", flush=True)
            if subprocess.run(check, cwd=ROOT, env=environment, check=False).returncode != 0:
                failed.append(name)
    if failed:
        print("Complaints from: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
