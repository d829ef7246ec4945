"""Who works at which unit, and the dated permission rows that follow from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.audit.history import History
from accounts.dated import Dated, dates_in_order
from steering.models.unit import Unit


class Posting(Dated):
    """A person's duty at a unit, for a time."""

    class Duty(models.TextChoices):
        HEAD = "head", _("Thủ trưởng")
        DEPUTY = "deputy", _("Phó thủ trưởng")
        OFFICER = "officer", _("Chuyên viên đầu mối")
        CLERK = "clerk", _("Văn thư")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="postings", verbose_name=_("người")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="postings", verbose_name=_("đơn vị"))
    duty = models.CharField(_("nhiệm vụ tại đơn vị"), max_length=10, choices=Duty.choices)

    history = History()

    class Meta:
        verbose_name = _("phân công tại đơn vị")
        verbose_name_plural = _("phân công tại đơn vị")
        ordering = ["unit", "duty"]
        constraints = [dates_in_order("posting_dates_in_order")]

    def __str__(self) -> str:
        return f"{self.user} – {self.get_duty_display()}, {self.unit}"


class UnitUserObjectPermission(UserObjectPermissionBase, Dated):  # type: ignore[misc]  # guardian's manager is kept
    """One right (see, report, submit) of one person on one unit, for a time; written by `postings` only."""

    content_object = models.ForeignKey(Unit, models.PROTECT, related_name="grants", verbose_name=_("đơn vị"))
    posting = models.ForeignKey(
        Posting,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        verbose_name=_("theo phân công"),
    )

    history = History()

    class Meta:
        verbose_name = _("quyền trên đơn vị")
        verbose_name_plural = _("quyền trên đơn vị")
        constraints = [
            dates_in_order("unitgrant_dates_in_order"),
            models.UniqueConstraint(fields=["posting", "permission"], name="unitgrant_once_a_posting"),
        ]
        # Serves the resolution of a person's units, once a request.
        indexes = [models.Index(fields=["user", "permission", "content_object"])]
