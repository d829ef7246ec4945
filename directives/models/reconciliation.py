"""What the morning's reconciliation found: who should have been told, against what the log says."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import Recorded
from directives.models.reminder import ReminderRun


class Reconciliation(Recorded):
    """One comparison of a day's duty with the log. `run` is the day's last run that finished; none: nothing went out.

    `details` lists the first of what `missing`, `failed` and `no_address` count (see `reminders.reconcile`).
    """

    on = models.DateField(_("cho ngày"))
    at = models.DateTimeField(_("đối chiếu lúc"))
    run = models.ForeignKey(
        ReminderRun,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reconciliations",
        verbose_name=_("lần chạy nhắc việc"),
    )
    missing = models.PositiveIntegerField(
        _("nhắc việc thiếu"), help_text=_("Phải nhắc mà nhật ký không có, hoặc có mà không thành thư.")
    )
    failed = models.PositiveIntegerField(_("thư không gửi được"))
    no_address = models.PositiveIntegerField(_("người nhận không có địa chỉ"))
    waiting = models.PositiveIntegerField(
        _("nhắc việc đang chờ"), help_text=_("Chờ gửi, hoặc chờ thư hay lần chạy sau.")
    )
    sent = models.PositiveIntegerField(_("thư đã gửi"))
    skipped = models.JSONField(_("nhắc việc không gửi, theo lý do"), default=dict)
    details = models.JSONField(_("chi tiết"), default=dict)

    class Meta:
        verbose_name = _("lần đối chiếu nhắc việc")
        verbose_name_plural = _("lần đối chiếu nhắc việc")
        ordering = ["-at", "-pk"]
        # Serves the look at the last one, of a day or of all.
        indexes = [models.Index(fields=["-at", "-id"], name="reconciliation_last")]

    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}"
