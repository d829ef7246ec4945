"""An assignment: one unit's part in one directive. Changed only by `directives.services`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History, Versioned
from directives.lifecycle import CLOSED_FOR_UNIT, Status
from directives.models.directive import Directive, Part
from steering.models import Unit


class Assignment(Versioned):
    directive = models.ForeignKey(
        Directive, models.PROTECT, related_name="assignments", verbose_name=_("nhiệm vụ"), db_index=False
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="assignments", verbose_name=_("đơn vị"), db_index=False
    )
    answering_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answers_for",
        db_index=False,
        verbose_name=_("đơn vị trả lời thay"),
        help_text=_("Khi nhiều đơn vị cùng kế thừa đơn vị được giao."),
    )
    period = models.CharField(_("kỳ"), max_length=20, blank=True, default="")
    part = models.CharField(_("vai trò"), max_length=12, choices=Part.choices)
    status = models.CharField(_("trạng thái"), max_length=12, choices=Status.choices, default=Status.ASSIGNED)
    status_before = models.CharField(
        _("trạng thái trước khi tạm dừng"), max_length=12, blank=True, default=""
    )
    progress = models.PositiveSmallIntegerField(_("tiến độ (%)"), default=0)
    assigned_on = models.DateField(_("ngày giao"))
    due_on = models.DateField(_("thời hạn"), null=True, blank=True)
    original_due_on = models.DateField(_("thời hạn ban đầu"), null=True, blank=True)
    submitted_on = models.DateField(_("ngày báo cáo hoàn thành"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("báo cáo hoàn thành lúc"), null=True, blank=True)
    first_submitted_on = models.DateField(_("ngày báo cáo hoàn thành lần đầu"), null=True, blank=True)
    completed_on = models.DateField(
        _("ngày hoàn thành"),
        null=True,
        blank=True,
        help_text=_("Ngày được tính là hoàn thành, đặt khi xác nhận."),
    )
    confirmed_at = models.DateTimeField(_("xác nhận lúc"), null=True, blank=True)
    result = models.ForeignKey(
        "directives.ProgressReport",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("báo cáo kết quả"),
    )
    with_head_since = models.DateTimeField(_("trình thủ trưởng lúc"), null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người được giao đích danh"),
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("chuyên viên theo dõi"),
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("thuộc phân công"),
    )
    transferred_from = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transferred_to",
        verbose_name=_("chuyển từ"),
    )
    created_at = models.DateTimeField(_("tạo lúc"), auto_now_add=True)

    history = History(no_db_index=["directive", "unit", "result", "assignee", "officer", "parent"])

    class Meta:
        verbose_name = _("phân công")
        verbose_name_plural = _("phân công")
        ordering = [models.F("due_on").asc(nulls_last=True), "pk"]
        constraints = [
            # At most one live row for a unit in a directive and period; also serves a directive's own list.
            models.UniqueConstraint(
                fields=["directive", "unit", "period"],
                condition=~Q(status__in=["revoked", "transferred"]),
                name="assignment_once",
            ),
            models.UniqueConstraint(
                fields=["directive", "period"],
                condition=Q(part="lead") & ~Q(status__in=["revoked", "transferred"]),
                name="assignment_one_live_lead",
            ),
            models.CheckConstraint(name="assignment_progress", condition=Q(progress__lte=100)),
            models.CheckConstraint(
                name="assignment_done_has_its_day",
                condition=Q(status="completed", completed_on__isnull=False)
                | (~Q(status="completed") & Q(completed_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="assignment_submitted_has_its_day",
                condition=~Q(status="submitted") | Q(submitted_on__isnull=False),
            ),
        ]
        indexes = [
            # Serves a directive's page: all its assignments, closed ones too.
            models.Index(fields=["directive", "unit"], name="assignment_directive"),
            # Serves a unit's list and reach: unit_id IN (…) ordered by deadline.
            models.Index(fields=["unit", "due_on", "id"], name="assignment_unit_due"),
            # Serves the secretariat's list, most overdue first, and the reminder planner.
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status__in=["assigned", "in_progress", "submitted", "declined"]),
                name="assignment_open_due",
            ),
            # Serves every reader's list of all by deadline, nearest or farthest first: read in order, few rows skipped.
            models.Index(fields=["due_on", "id"], name="assignment_due"),
            # Serves the same list by progress.
            models.Index(fields=["progress", "id"], name="assignment_progress_order"),
            # Serves the lists of a unit that was chosen to answer for others: few rows have one.
            models.Index(
                fields=["answering_unit", "due_on", "id"],
                condition=Q(answering_unit__isnull=False),
                name="assignment_answering",
            ),
            # Serves the leads' parts that coordinating units see: one a directive.
            models.Index(fields=["directive"], condition=Q(part="lead"), name="assignment_lead"),
            # Serves the lists of what is closed, the newest first: among the newest of all hardly any is.
            models.Index(
                fields=["id"],
                condition=Q(status__in=["completed", "revoked", "transferred", "ended"]),
                name="assignment_closed",
            ),
            # Serves the lists by status (waiting for confirmation, not yet accepted …).
            models.Index(fields=["status", "due_on", "id"], name="assignment_status_due"),
        ]

    def __str__(self) -> str:
        return f"{self.directive} – {self.unit}"

    @classmethod
    def as_of(cls, instant: datetime) -> models.QuerySet[Any]:
        """Return the assignments as they were shown at an aware instant, as rows of their history (`id` is theirs)."""
        from directives.as_of import as_of

        return as_of(cls, instant)

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED_FOR_UNIT
