#!/usr/bin/env python
"""Django's command line. Without DATABASE_URL it reaches the embedded servers, starting them if nobody runs them."""

import gc
import os
import signal
import sys
from types import FrameType

gc.disable()  # until config.apps has all loaded

# Commands that touch no database; for these nothing is started.
_WITHOUT_SERVERS = {
    "catalogue",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "lifecycle",
    "makemessages",
    "startapp",
    "startproject",
    "version",
}


def main() -> None:
    """Run the command of `sys.argv`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if os.environ.get("DATABASE_URL"):
        _execute()
    elif _needs_servers(sys.argv[1:]):
        _execute_on_embedded_servers()
    else:
        _execute_without_servers()


def _needs_servers(arguments: list[str]) -> bool:
    if not arguments or not {"-h", "--help", "--version"}.isdisjoint(arguments):
        return False
    if arguments[0] == "check":
        return "--database" in " ".join(arguments)
    return arguments[0] not in _WITHOUT_SERVERS


def _execute() -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _execute_on_embedded_servers() -> None:
    from config.embedded_home import CannotStartError
    from config.installation import servers_for_command

    # The servers are stopped on the way out, so a polite end must take that way.
    signal.signal(signal.SIGTERM, _leave)
    try:
        with servers_for_command() as variables:
            os.environ.update({name: value for name, value in variables.items() if not os.environ.get(name)})
            _execute()
    except CannotStartError as error:
        sys.exit(str(error))


def _execute_without_servers() -> None:
    """With addresses that nobody answers at, and a key that signs nothing which is kept."""
    os.environ.setdefault("DATABASE_URL", "postgresql://nobody@/nothing?host=/nonexistent")
    os.environ.setdefault("REDIS_URL", "unix:///nonexistent/valkey.sock")
    os.environ.setdefault(
        "SECRET_KEY", "a command that needs no servers keeps nothing that is signed with it"
    )
    _execute()


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
