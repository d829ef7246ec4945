"""What is to be told to whom, once: reminders that a step made due, and news of what happened."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directives.models.assignment import Assignment
from directives.models.directive import Directive
from directives.models.mail import Message
from directives.models.policy import PolicyStep
from steering.models import Committee


class Occasion(models.Model):
    """Something happened that people are to be told of; written by the service that made it happen.

    To an assignment, or to all that a directive was given to. Never both: a key of the directive would lock it after
    its assignment, and services lock it before.
    """

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("Giao nhiệm vụ")
        SENT_BACK = "sent_back", _("Yêu cầu bổ sung, hoàn thiện")
        EXTENSION = "extension", _("Quyết định về đề nghị gia hạn")
        COMMENT = "comment", _("Ý kiến của lãnh đạo")
        PRESENTED = "presented", _("Trình thủ trưởng")
        SUBMITTED = "submitted", _("Báo cáo hoàn thành, chờ xác nhận")
        ASKED = "asked", _("Đề nghị gia hạn, chờ quyết định")
        DECLINED = "declined", _("Đơn vị trả lại, chờ quyết định")

    kind = models.CharField(_("việc"), max_length=10, choices=Kind.choices)
    directive = models.ForeignKey(
        Directive,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="occasions",
        verbose_name=_("nhiệm vụ"),
    )
    assignment = models.ForeignKey(
        Assignment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="occasions",
        verbose_name=_("phân công"),
    )
    text = models.TextField(_("nội dung"), blank=True)
    at = models.DateTimeField(_("lúc"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người thực hiện")
    )
    told_at = models.DateTimeField(_("lập thông báo lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("việc cần báo")
        verbose_name_plural = _("việc cần báo")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="occasion_about_one_thing",
                violation_error_message=_("Việc cần báo là của một phân công hoặc của cả nhiệm vụ."),
                condition=Q(directive__isnull=True) ^ Q(assignment__isnull=True),
            )
        ]
        indexes = [
            # Serves the look for what nobody was told of yet.
            models.Index(fields=["id"], condition=Q(told_at__isnull=True), name="occasion_untold"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d/%m/%Y %H:%M}"

    @property
    def committee(self) -> Committee:
        """The committee whose work it is; load the directive, or the assignment's, with its committee."""
        about = self.directive if self.assignment is None else self.assignment.directive
        if about is None:
            raise ValueError("an occasion is about an assignment or a directive")
        return about.committee


class Reminder(models.Model):
    """One reason to write to one recipient about one assignment; the key makes a second run add nothing,
    and a new due date arms the ladder again."""

    class Skip(models.TextChoices):
        NO_ADDRESS = "no_address", _("Không có địa chỉ thư")
        BOUNCED = "bounced", _("Địa chỉ không nhận được thư, chờ Tổ thư ký sửa")
        INACTIVE = "inactive", _("Tài khoản đã khóa")
        CLOSED = "closed", _("Nhiệm vụ đã kết thúc")
        SUSPENDED = "suspended", _("Nhiệm vụ tạm dừng")
        DECLINED = "declined", _("Đơn vị trả lại, chờ Tổ thư ký")
        SUBMITTED = "submitted", _("Đơn vị đã báo cáo, chờ xác nhận")
        DUE_CHANGED = "due_changed", _("Thời hạn đã thay đổi")
        SUPERSEDED = "superseded", _("Đã có bậc nhắc sau")
        BEFORE_GIVEN = "before_given", _("Rơi vào trước ngày giao")
        OUTSIDE_SECTOR = "outside_sector", _("Đơn vị ngoài ngành, không gửi tự động")
        VACANT = "vacant", _("Chưa có người giữ vị trí")
        UNDECIDED = "undecided", _("Chờ Tổ thư ký chọn đơn vị trả lời")
        NOT_VISIBLE = "not_visible", _("Người nhận không được xem nhiệm vụ này")
        TOO_OLD = "too_old", _("Đã lỡ quá lâu, không gửi nữa")
        MUTED = "muted", _("Người nhận đã tắt nhắc việc này")
        NO_SUPERIOR = "no_superior", _("Không có đơn vị cấp trên để báo")
        SETTLED = "settled", _("Việc đã được xử lý")

    class Fallback(models.TextChoices):
        """Who is written to because a post is vacant."""

        DEPUTY = "deputy", _("phó thủ trưởng, vì chưa có thủ trưởng")
        SUPERIOR = "superior", _("thủ trưởng đơn vị cấp trên, vì đơn vị chưa có thủ trưởng")
        SECRETARIAT = "secretariat", _("Tổ thư ký, vì chưa có thủ trưởng để báo")

    # Each index is paid for once more when a mail takes the row up: those that a key below begins with are left out.
    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="reminders", verbose_name=_("phân công"), db_index=False
    )
    step = models.ForeignKey(
        PolicyStep, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bậc nhắc việc")
    )
    occasion = models.ForeignKey(
        Occasion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("việc cần báo"),
        db_index=False,
    )
    falls_on = models.DateField(_("rơi vào ngày"))
    due_on = models.DateField(_("thời hạn được nhắc"), null=True, blank=True)
    recipient_key = models.CharField(
        _("người nhận"), max_length=40, help_text="user:5, unit:7, holding:3, committee:1"
    )
    planned_on = models.DateField(_("ngày lập"))
    fallback = models.CharField(
        _("gửi thay cho"), max_length=12, choices=Fallback.choices, blank=True, default=""
    )
    watching = models.BooleanField(
        _("người theo dõi"), default=False, help_text=_("Không phải người thực hiện.")
    )
    at_once = models.BooleanField(_("gửi ngay"), default=False)
    message = models.ForeignKey(
        Message,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        verbose_name=_("thư"),
        db_index=False,
    )
    skip = models.CharField(_("không gửi vì"), max_length=15, choices=Skip.choices, blank=True, default="")

    class Meta:
        verbose_name = _("nhắc việc")
        verbose_name_plural = _("nhắc việc")
        ordering = ["-falls_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "step", "falls_on", "recipient_key", "due_on"],
                name="reminder_once",
                violation_error_message=_("Nhắc việc này cho người nhận này đã được lập."),
            ),
            models.UniqueConstraint(
                fields=["occasion", "assignment", "recipient_key"],
                condition=Q(occasion__isnull=False),
                name="news_once",
                violation_error_message=_("Thông báo này cho người nhận này đã được lập."),
            ),
            models.CheckConstraint(
                name="reminder_has_one_cause",
                violation_error_message=_(
                    "Nhắc việc theo bậc có thời hạn; thông báo theo một việc đã xảy ra."
                ),
                condition=Q(step__isnull=False, occasion__isnull=True, due_on__isnull=False)
                | Q(step__isnull=True, occasion__isnull=False),
            ),
        ]
        indexes = [
            # Serves compose: what is planned and neither carried by a message nor skipped.
            models.Index(
                fields=["recipient_key", "id"],
                condition=Q(message__isnull=True, skip=""),
                name="reminder_waiting",
            ),
            # Serves a mail's page and the lists that name what a mail carries.
            models.Index(fields=["message"], condition=Q(message__isnull=False), name="reminder_message"),
            # Serves the page of a person's mails: what was not sent to them, newest first.
            models.Index(
                fields=["recipient_key", "-planned_on"], condition=~Q(skip=""), name="reminder_not_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.falls_on:%d/%m/%Y} {self.recipient_key}"


class ReminderRun(models.Model):
    """One run of the day's work, with its figures; kept so that a missing run can be seen."""

    on = models.DateField(_("cho ngày"))
    started_at = models.DateTimeField(_("bắt đầu"))
    planned_at = models.DateTimeField(_("lập xong lúc"), null=True, blank=True)
    finished_at = models.DateTimeField(_("xong"), null=True, blank=True)
    planned = models.PositiveIntegerField(_("đã lập"), default=0)
    composed = models.PositiveIntegerField(_("số thư"), default=0)
    sent = models.PositiveIntegerField(_("đã gửi"), default=0)
    failed = models.PositiveIntegerField(_("không gửi được"), default=0)
    skipped = models.JSONField(_("không gửi"), default=dict)
    faults = models.JSONField(_("lỗi khi lập và soạn"), default=list)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người chạy")
    )

    class Meta:
        verbose_name = _("lần chạy nhắc việc")
        verbose_name_plural = _("lần chạy nhắc việc")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["on", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.on:%d/%m/%Y}"
