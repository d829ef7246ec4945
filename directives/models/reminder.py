"""The ladder of reminders, and each reminder that is due because of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import LineField
from directives.models.assignment import Assignment
from directives.models.mail import Message
from steering.models import Committee


class ReminderPolicy(models.Model):
    """A ladder: which reminders go out around a due date, and to whom."""

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="reminder_policies", verbose_name=_("Ban Chỉ đạo")
    )
    name = LineField(_("tên"), max_length=100)
    is_active = models.BooleanField(_("đang dùng"), default=True)

    history = History()

    class Meta:
        verbose_name = _("chính sách nhắc việc")
        verbose_name_plural = _("chính sách nhắc việc")

    def __str__(self) -> str:
        return self.name


class PolicyStep(models.Model):
    """One rung: so many calendar days before (−) or after (+) the due date, once or every n days from there on."""

    class Audience(models.TextChoices):
        OFFICERS = "officers", _("Chuyên viên đầu mối của đơn vị")
        MAILBOX = "mailbox", _("Hộp thư của đơn vị")
        HEAD = "head", _("Thủ trưởng đơn vị")
        SUPERVISOR = "supervisor", _("Thành viên Ban Chỉ đạo phụ trách")
        SECRETARIAT = "secretariat", _("Tổ thư ký (thư tuần)")

    policy = models.ForeignKey(
        ReminderPolicy, models.PROTECT, related_name="steps", verbose_name=_("chính sách")
    )
    audience = models.CharField(_("gửi cho"), max_length=12, choices=Audience.choices)
    offset_days = models.SmallIntegerField(
        _("số ngày so với thời hạn"),
        help_text=_("Số âm: trước thời hạn; 0: đúng ngày; số dương: sau thời hạn."),
    )
    repeat_every_days = models.PositiveSmallIntegerField(
        _("sau đó lặp lại mỗi (ngày)"), null=True, blank=True, help_text=_("Để trống nếu chỉ nhắc một lần.")
    )
    is_active = models.BooleanField(_("đang dùng"), default=True)

    history = History()

    class Meta:
        verbose_name = _("bậc nhắc việc")
        verbose_name_plural = _("bậc nhắc việc")
        ordering = ["policy", "offset_days", "audience"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "audience", "offset_days"],
                name="step_once",
                violation_error_message=_("Chính sách đã có bậc nhắc này cho cùng người nhận."),
            ),
            models.CheckConstraint(
                name="step_repeats_forward",
                violation_error_message=_(
                    "Số ngày nhắc lại phải từ 1 trở lên và chỉ dùng cho bậc từ ngày đến hạn trở đi."
                ),
                condition=Q(repeat_every_days__isnull=True) | Q(repeat_every_days__gte=1, offset_days__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_audience_display()}: {self.offset_days:+d}"


class Reminder(models.Model):
    """One reason to write to one recipient about one assignment; the key makes a second run add nothing,
    and a new due date arms the ladder again."""

    class Skip(models.TextChoices):
        NO_ADDRESS = "no_address", _("Không có địa chỉ thư")
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

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="reminders", verbose_name=_("phân công")
    )
    step = models.ForeignKey(PolicyStep, models.PROTECT, related_name="+", verbose_name=_("bậc nhắc việc"))
    falls_on = models.DateField(_("rơi vào ngày"))
    due_on = models.DateField(_("thời hạn được nhắc"))
    recipient_key = models.CharField(
        _("người nhận"), max_length=40, help_text="user:5, unit:7, holding:3, committee:1"
    )
    planned_on = models.DateField(_("ngày lập"))
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="reminders", verbose_name=_("thư")
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
            )
        ]
        indexes = [
            # Serves compose: what is planned and neither carried by a message nor skipped.
            models.Index(
                fields=["recipient_key", "id"],
                condition=Q(message__isnull=True, skip=""),
                name="reminder_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.falls_on:%d/%m/%Y} {self.recipient_key}"


class ReminderRun(models.Model):
    """One run of the day's work, with its figures; kept so that a missing run can be seen."""

    on = models.DateField(_("cho ngày"))
    started_at = models.DateTimeField(_("bắt đầu"))
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
