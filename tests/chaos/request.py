"""A web process: reads ids of mails, posts "send again" for each as the secretariat, prints status and seconds."""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Go through all of the middleware, on the real database and broker."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User

    settings.SECOND_FACTOR_REQUIRED = False
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="thuky"), "accounts.backends.RoleBackend")
    for line in sys.stdin:
        address = reverse("admin:directives_message_send_again", args=[int(line)])
        client.get(address)
        begun = time.monotonic()
        answer = client.post(address)
        print(answer.status_code, time.monotonic() - begun, flush=True)


if __name__ == "__main__":
    main()
