"""Days off and make-up working days."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import LineField


class CalendarDay(models.Model):
    """A day that departs from Monday–Friday; editing it never moves a recorded due date (DOMAIN §3)."""

    class Kind(models.TextChoices):
        DAY_OFF = "day_off", _("Ngày nghỉ")
        MAKE_UP = "make_up", _("Ngày làm bù")

    day = models.DateField(_("ngày"), unique=True)
    kind = models.CharField(_("loại"), max_length=10, choices=Kind.choices)
    name = LineField(_("tên ngày"), max_length=150)
    source = LineField(_("nguồn"), max_length=255, blank=True)

    history = History()

    class Meta:
        verbose_name = _("ngày nghỉ, ngày làm bù")
        verbose_name_plural = _("lịch làm việc")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} – {self.name}"
