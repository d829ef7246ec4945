"""The ladder that every committee starts with; people edit it from there on the screen of policies."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from directives.models import PolicyStep, ReminderPolicy
from steering.models import Committee

Audience = PolicyStep.Audience

# (days relative to the due date, repeated every so many days): 7, 3, 1 before, on the day, 1 and 3 after, then weekly.
_FROM_THIRD_DAY = (3, 7)
DEFAULT: dict[PolicyStep.Audience, tuple[tuple[int, int | None], ...]] = {
    Audience.OFFICERS: ((-7, None), (-3, None), (-1, None), (0, None), (1, None), _FROM_THIRD_DAY),
    Audience.MAILBOX: ((-7, None), (-3, None), (-1, None), (0, None), (1, None), _FROM_THIRD_DAY),
    Audience.HEAD: ((1, None), _FROM_THIRD_DAY),
    Audience.SUPERVISOR: (_FROM_THIRD_DAY,),
    # Each Monday; the days say nothing here.
    Audience.SECRETARIAT: ((0, 7),),
}


@transaction.atomic
def ensure_default_policy(committee: Committee) -> ReminderPolicy:
    """Return the committee's first policy; one with the default steps is made when there is none.

    Call within `accounts.audit.context.acting(…)`: policies and steps have a history.
    """
    # Locked, so that two loaders at once do not make two ladders: everybody would be reminded twice.
    Committee.objects.select_for_update().get(pk=committee.pk)
    policy = committee.reminder_policies.order_by("pk").first()
    if policy is None:
        policy = ReminderPolicy.objects.create(committee=committee, name=_("Nhắc việc mặc định"))
        for audience, steps in DEFAULT.items():
            for offset, every in steps:
                PolicyStep.objects.create(
                    policy=policy,
                    audience=audience,
                    offset_days=offset,
                    repeat_every_days=every,
                    # Persons may do without what comes before the date; a mailbox has nobody to say so.
                    may_mute=offset < 0 and audience == Audience.OFFICERS,
                )
    return policy
