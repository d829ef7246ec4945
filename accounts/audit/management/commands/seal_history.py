"""`manage.py seal_history`: seal what was recorded since the last seal, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts.audit.seals.models import Seal
from accounts.audit.seals.sealing import seal
from accounts.models import User


class Command(BaseCommand):
    """Does what the nightly job does, mails aside; run twice, the second run finds nothing to seal."""

    help = (
        "Seals history, ledger and logs recorded since the last seal. Prints the newest seal as NUMBER:HASH."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the new seal, or the last one when nothing was recorded since."""
        made = seal(by=User.objects.system())
        if made is not None:
            self.stdout.write(f"{made}\n{made.rows} rows of {len(made.tables)} tables sealed.")
            return
        last = Seal.objects.first()
        self.stdout.write(f"{last}\nNothing was recorded since." if last else "There is nothing to seal.")
