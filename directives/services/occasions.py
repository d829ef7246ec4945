"""What people are to be told of, as rows of the same transaction: `reminders.news` makes mails of them."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from directives.models import Assignment, Directive, Occasion


def tell(
    kind: Occasion.Kind,
    about: Assignment | Directive,
    *,
    by: User,
    at: datetime,
    text: str = "",
) -> Occasion:
    """Note that something happened to an assignment, or to all that a directive was given to and was not told of.

    `text` is what was said of it. Call within the service's transaction.
    """
    what = {"directive": about} if isinstance(about, Directive) else {"assignment": about}
    return Occasion.objects.create(kind=kind, text=text, at=at, by=by, **what)
