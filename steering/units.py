"""Units over time: how they are set up, renamed and put right, with their dated names in step."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.audit.recording import recorded
from accounts.models import User
from steering.models import Unit, UnitName


def found(*, unit: Unit, by: User, reason: str) -> Unit:
    """Save a new unit and its first dated name, which it bears from its own first day; returns the unit."""
    with recorded(by=by, reason=reason):
        unit.full_clean()
        unit.save()
        UnitName.objects.create(unit=unit, name=unit.name, valid_from=unit.valid_from)
    return unit


# A day before it is a slip of the keys.
FIRST_YEAR = 1945


def rename(*, unit: Unit, name: str, on: date, by: User, reason: str) -> Unit:
    """Give a unit a new name from a day on (Hà Nội); the one before ends on the eve. Returns the unit.

    Raises ValidationError as `check_rename` does.
    """
    with recorded(by=by, reason=reason):
        unit = _locked(unit)
        current, new = check_rename(unit=unit, name=name, on=on)
        current.valid_until = on - timedelta(days=1)
        current.save()
        new.save()
        unit.name = new.name
        unit.save()
    return unit


def check_rename(*, unit: Unit, name: str, on: date) -> tuple[UnitName, UnitName]:
    """Return the present dated name and the one that would follow it from that day on; nothing is saved.

    Raises ValidationError when the name is the present one, or when the day is not after the first day of the
    present name: names follow each other, and a renaming does not rewrite the past.
    """
    current = _current_name(unit) or UnitName(unit=unit, name=unit.name, valid_from=unit.valid_from)
    new = UnitName(unit=unit, name=name, valid_from=on, valid_until=current.valid_until)
    new.clean_fields()
    if new.name == current.name:
        raise ValidationError(_("Tên mới trùng tên hiện tại."))
    if on.year < FIRST_YEAR:
        raise ValidationError(_("Ngày đổi tên không hợp lý."))
    if current.valid_from and on <= current.valid_from:
        raise ValidationError(
            _("Ngày đổi tên phải sau ngày %(day)s, ngày bắt đầu của tên hiện tại.")
            % {"day": f"{current.valid_from:%d/%m/%Y}"}
        )
    if current.valid_until and on > current.valid_until:
        raise ValidationError(_("Ngày đổi tên sau ngày đơn vị chấm dứt."))
    return current, new


def correct_name(*, unit: Unit, name: str, by: User, reason: str) -> Unit:
    """Put the present name right (a misspelling) without a new dated name; returns the unit."""
    with recorded(by=by, reason=reason):
        unit = _locked(unit)
        current = _current_name(unit)
        if current is not None:
            current.name = name
            current.clean_fields()
            current.save()
        unit.name = name
        unit.clean_fields()
        unit.save()
    return unit


def _locked(unit: Unit) -> Unit:
    locked: Unit = Unit.objects.select_for_update().get(pk=unit.pk)
    return locked


def _current_name(unit: Unit) -> UnitName | None:
    """Return the latest dated name: the one without end, or with the last one."""
    return unit.names.order_by("valid_until", "valid_from").last()  # PostgreSQL sorts empty ends last.
