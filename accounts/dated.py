"""Rows that hold from a day until a day, both inclusive; an open end is empty."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


def holds_on(on: date, prefix: str = "") -> Q:
    """Return the condition that a dated row (reached by `prefix`, e.g. "holdings__") holds on that day."""
    return Q(Q(**{f"{prefix}valid_from__isnull": True}) | Q(**{f"{prefix}valid_from__lte": on})) & Q(
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": on})
    )


def holds_sql(alias: str, on: str = "on") -> str:
    """Return the same as SQL about the rows of an alias; the day is the parameter of the name `on`."""
    return (
        f"({alias}.valid_from IS NULL OR {alias}.valid_from <= %({on})s)"
        f" AND ({alias}.valid_until IS NULL OR {alias}.valid_until >= %({on})s)"
    )


class DatedQuerySet(models.QuerySet[Any]):
    def on(self, day: date) -> Self:
        """Keep the rows that hold on that day (a date in Hà Nội)."""
        return self.filter(holds_on(day))


class Dated(models.Model):
    valid_from = models.DateField(_("từ ngày"), null=True, blank=True)
    valid_until = models.DateField(_("đến hết ngày"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("“Đến hết ngày” phải từ “Từ ngày” trở đi.")})

    def holds(self, on: date) -> bool:
        """Return whether the row holds on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or self.valid_until >= on
        )


def dates_in_order(name: str) -> models.CheckConstraint:
    """The constraint every dated table carries; `name` must be its own in the database."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_from__isnull=True)
        | Q(valid_until__isnull=True)
        | Q(valid_until__gte=F("valid_from")),
        violation_error_message=_("“Đến hết ngày” phải từ “Từ ngày” trở đi."),
    )
