"""Every kind of mail on a phone: nothing stands out at the side of 360 points."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from accounts.audit.context import acting
from accounts.models import User
from directives.reminders.envelope import shown_html
from directives.reminders.policy import ensure_default_policy
from tests.cast import Cast
from tests.directives.reminders.every_mail import every_mail
from tests.e2e.conftest import Shot

PHONE = 360


@pytest.mark.django_db(transaction=True)
def test_no_mail_is_wider_than_a_phone(cast: Cast, settings: Any, browser: Browser, shot: Shot) -> None:
    with acting(by=User.objects.system(), reason="Chuẩn bị"):
        ensure_default_policy(cast.committee)
    seen = set()
    page = browser.new_page(viewport={"width": PHONE, "height": 740})
    for mail in every_mail(cast, settings):
        page.set_content(shown_html(mail))
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE, f"{mail.kind} {mail.subject}: {wide}"
        if mail.kind not in seen:
            seen.add(mail.kind)
            shot(page, f"thu-{mail.kind}-360")
    page.close()
