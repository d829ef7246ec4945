"""Addresses that take no mail, until the secretariat has seen to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import ProseField
from directives.models.mail import Message


class AddressProblem(models.Model):
    """One address that refused a mail or returned it; while it is open nothing is sent there."""

    class Kind(models.TextChoices):
        REFUSED = "refused", _("Máy chủ thư từ chối địa chỉ")
        BOUNCED = "bounced", _("Thư bị trả lại")

    address = models.EmailField(_("địa chỉ"))
    kind = models.CharField(_("việc"), max_length=8, choices=Kind.choices)
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="problems", verbose_name=_("thư")
    )
    # What the server or the returned mail said, word for word; `said` says it to people.
    detail = models.TextField(_("chi tiết"), blank=True)
    said = models.TextField(_("lý do"))
    noted_at = models.DateTimeField(_("ghi nhận lúc"))
    resolved_at = models.DateTimeField(_("xử lý lúc"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người xử lý"),
    )
    resolution = ProseField(_("đã xử lý thế nào"), blank=True)

    history = History()

    class Meta:
        verbose_name = _("địa chỉ không nhận được thư")
        verbose_name_plural = _("địa chỉ không nhận được thư")
        ordering = ["-noted_at", "-pk"]
        constraints = [
            # Serves the composer, too, which asks of each recipient's address whether it is open.
            models.UniqueConstraint(
                fields=["address"], condition=Q(resolved_at__isnull=True), name="address_problem_open_once"
            ),
            models.CheckConstraint(
                name="address_problem_resolved_whole",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
            ),
        ]
        indexes = [
            # Serves the list of addresses, newest first.
            models.Index(fields=["-noted_at", "-id"], name="address_problem_list"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def committee_id(self) -> int | None:
        """Whose mail it was (with `message` loaded no query); None when no mail is known."""
        return self.message.committee_id if self.message else None
