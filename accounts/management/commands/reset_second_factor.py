"""`manage.py reset_second_factor`: for who lost the phone and the recovery codes; run on the server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Takes the second factor of an account away, ends its sessions and demands a new password at the next sign-in; "
        "the log of access keeps the reason."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--reason", required=True, help="why, e.g. 'Mất điện thoại, đã xác minh trực tiếp'"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset it; raises CommandError when there is no such account, no second factor, or no reason."""
        reason = options["reason"].strip()
        if not reason:
            raise CommandError("--reason must not be empty.")
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist as error:
            raise CommandError(f"There is no account {options['username']}.") from error
        if not second_factor.is_set_up(user):
            raise CommandError(f"{user.username} has no second factor.")
        second_factor.reset(user, by=User.objects.system(), reason=reason)
        self.stdout.write(f"{user.username}: the second factor is gone.")
