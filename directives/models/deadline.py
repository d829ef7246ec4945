"""The ledger of due dates, and the requests that lead to new ones."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History, Recorded, Versioned
from accounts.fields import LineField, ProseField
from directives.models.assignment import Assignment
from directives.models.document import Document
from directives.models.report import UnitLetter


class DeadlineEntry(Recorded):
    """One due date an assignment has had. Rows are only added: the ledger is its own history."""

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("Ban đầu")
        CORRECTION = "correction", _("Đính chính")
        EXTENSION = "extension", _("Gia hạn")
        RESUME = "resume", _("Đặt lại khi tiếp tục, mở lại")

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="deadlines", verbose_name=_("phân công")
    )
    kind = models.CharField(_("loại"), max_length=10, choices=Kind.choices)
    due_on = models.DateField(_("thời hạn"), null=True, blank=True)
    words = LineField(_("nguyên văn"), max_length=255, blank=True)
    reason = ProseField(_("lý do"), blank=True)
    basis = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("văn bản căn cứ")
    )
    basis_text = LineField(_("căn cứ"), max_length=255, blank=True)
    decided_by = LineField(_("người quyết định"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    at = models.DateTimeField(_("lúc"))

    class Meta:
        verbose_name = _("thời hạn")
        verbose_name_plural = _("sổ thời hạn")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        due = f"{self.due_on:%d/%m/%Y}" if self.due_on else _("Không có thời hạn")
        return f"{self.get_kind_display()}: {due}"


class ExtensionRequest(Versioned):
    """A unit's request for a later date (DOMAIN §3, Extensions)."""

    class State(models.TextChoices):
        OPEN = "open", _("Chờ quyết định")
        GRANTED = "granted", _("Đồng ý")
        OTHER_DATE = "other_date", _("Đồng ý với thời hạn khác")
        REFUSED = "refused", _("Không đồng ý")
        LAPSED = "lapsed", _("Hết hiệu lực")

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="extension_requests", verbose_name=_("phân công")
    )
    state = models.CharField(_("tình trạng"), max_length=10, choices=State.choices, default=State.OPEN)
    due_on_before = models.DateField(_("thời hạn khi đề nghị"), null=True, blank=True)
    requested_due_on = models.DateField(_("thời hạn đề nghị"))
    reason = ProseField(_("lý do"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người đề nghị"),
        help_text=_("Trống khi ghi nhận theo văn bản của đơn vị."),
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    letter = models.ForeignKey(
        UnitLetter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("văn bản của đơn vị"),
    )
    asked_at = models.DateTimeField(_("đề nghị lúc"))
    decided_at = models.DateTimeField(_("quyết định lúc"), null=True, blank=True)
    decided_due_on = models.DateField(_("thời hạn mới"), null=True, blank=True)
    decided_by = LineField(_("người quyết định"), max_length=200, blank=True)
    decision_basis = LineField(_("văn bản quyết định"), max_length=255, blank=True)
    decision_reason = ProseField(_("lý do của quyết định"), blank=True)
    decision_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người nhập quyết định"),
    )

    history = History()

    class Meta:
        verbose_name = _("đề nghị gia hạn")
        verbose_name_plural = _("đề nghị gia hạn")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(state="open"), name="extension_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment}: {self.requested_due_on:%d/%m/%Y}"
