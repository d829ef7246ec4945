"""`manage.py create_administrator`: the first account of an installation; all others are made on the screens."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.audit.context import Door, acting
from accounts.models import User, username_key
from accounts.roles import Role


class Command(BaseCommand):
    help = (
        "Creates an account with the role of administrator; asks for its password, or reads it from a pipe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("full_name", help="Họ và tên, e.g. 'Nguyễn Văn A'")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the account; raises CommandError for a name that is taken or a password against the rules."""
        user = User(username=options["username"], full_name=options["full_name"])
        if User.objects.filter(username__iexact=username_key(user.username)).exists():
            raise CommandError(f"There is an account {user.username} already.")
        user.set_password(self._password(user))
        try:
            user.full_clean()
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        with transaction.atomic(), acting(by=User.objects.system(), door=Door.JOB, reason="Tạo quản trị"):
            user.save()
            user.groups.add(Group.objects.get(name=Role.ADMINISTRATOR.value))
        self.stdout.write(f"{user.username}: {Role.ADMINISTRATOR.label}")

    def _password(self, user: User) -> str:
        if sys.stdin.isatty():
            for rule in password_validation.password_validators_help_texts():
                self.stdout.write(f"- {rule}")
            password = getpass("Mật khẩu: ")
            if getpass("Nhập lại mật khẩu: ") != password:
                raise CommandError("The two passwords differ.")
        else:
            password = sys.stdin.readline().rstrip("\r\n")
        try:
            password_validation.validate_password(password, user)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        return password
