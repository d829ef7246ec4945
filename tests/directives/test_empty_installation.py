"""`make run DEMO=0`: the units, the committee and the calendar, and nothing of anybody's case."""

from django.core.management import call_command

from accounts.models import User
from directives.models import Directive, Document, ReminderPolicy
from steering.models import CalendarDay, Committee, Unit


def test_it_has_the_sector_but_no_case_and_nobody_who_can_sign_in(db: None) -> None:
    call_command("load_programme", "--without-directives", verbosity=0)
    assert Unit.objects.exists()
    assert Committee.objects.exists()
    assert CalendarDay.objects.exists()
    assert ReminderPolicy.objects.get().steps.exists()
    assert not Document.objects.exists()
    assert not Directive.objects.exists()
    assert not any(user.is_active or user.has_usable_password() for user in User.objects.all())


def test_the_case_can_be_added_later(db: None) -> None:
    call_command("load_programme", "--without-directives", verbosity=0)
    units = Unit.objects.count()
    call_command("load_programme", verbosity=0)
    assert Unit.objects.count() == units
    assert Directive.objects.count() == 9
