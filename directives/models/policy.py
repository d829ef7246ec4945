"""The ladder of reminders as data: policies, their steps, and what each person wants of the mails."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import LineField
from directives.lifecycle import Status
from directives.models.directive import Directive, Part
from directives.models.document import Document, Urgency
from steering.models import Committee


class ReminderPolicy(models.Model):
    """A ladder: which reminders go out around a due date, and to whom."""

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="reminder_policies", verbose_name=_("Ban Chỉ đạo")
    )
    name = LineField(_("tên"), max_length=100)
    is_active = models.BooleanField(_("đang dùng"), default=True)
    is_general = models.BooleanField(
        _("áp dụng chung"),
        default=True,
        help_text=_(
            "Cho mọi nhiệm vụ không chọn chính sách riêng. Bỏ chọn: chỉ cho nhiệm vụ chọn chính sách này."
        ),
    )
    late_days = models.PositiveSmallIntegerField(
        _("bỏ qua bậc trước hạn đã lỡ quá (ngày làm việc)"),
        default=2,
        help_text=_("Nhắc việc trước hạn đã lỡ lâu hơn thì không gửi nữa; nhắc việc quá hạn vẫn gửi."),
    )

    history = History()

    class Meta:
        verbose_name = _("chính sách nhắc việc")
        verbose_name_plural = _("chính sách nhắc việc")

    def __str__(self) -> str:
        return self.name


def _any_of(label: Any, choices: type[models.TextChoices]) -> ArrayField:  # type: ignore[type-arg]
    """A choice of several values; none chosen means all."""
    return ArrayField(
        models.CharField(max_length=12, choices=choices.choices),
        verbose_name=label,
        default=list,
        blank=True,
        help_text=_("Không chọn: tất cả."),
    )


class PolicyStep(models.Model):
    """One rung: so many days before (−) or after (+) the due date, once or every n days from there on."""

    class Audience(models.TextChoices):
        OFFICERS = "officers", _("Chuyên viên đầu mối của đơn vị")
        MAILBOX = "mailbox", _("Hộp thư của đơn vị")
        HEAD = "head", _("Thủ trưởng đơn vị")
        SUPERIOR_HEAD = "superior_head", _("Thủ trưởng đơn vị cấp trên")
        SUPERVISOR = "supervisor", _("Thành viên Ban Chỉ đạo phụ trách")
        CHAIR = "chair", _("Trưởng ban")
        SECRETARIAT_DAY = "secretariat_day", _("Tổ thư ký (thư tổng hợp ngày)")
        SECRETARIAT = "secretariat", _("Tổ thư ký (thư tuần)")
        PERSON = "person", _("Người được nêu tên")

    class DayKind(models.TextChoices):
        CALENDAR = "calendar", _("Ngày theo lịch")
        WORKING = "working", _("Ngày làm việc")

    class Channel(models.TextChoices):
        MAIL = "mail", _("Thư điện tử")

    policy = models.ForeignKey(
        ReminderPolicy, models.PROTECT, related_name="steps", verbose_name=_("chính sách")
    )
    audience = models.CharField(_("gửi cho"), max_length=16, choices=Audience.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người được nêu tên"),
    )
    offset_days = models.SmallIntegerField(
        _("số ngày so với thời hạn"),
        help_text=_("Số âm: trước thời hạn; 0: đúng ngày; số dương: sau thời hạn."),
    )
    day_kind = models.CharField(
        _("tính theo"), max_length=8, choices=DayKind.choices, default=DayKind.CALENDAR
    )
    repeat_every_days = models.PositiveSmallIntegerField(
        _("sau đó lặp lại mỗi (ngày)"), null=True, blank=True, help_text=_("Để trống nếu chỉ nhắc một lần.")
    )
    urgencies = _any_of(_("độ khẩn"), Urgency)
    kinds = _any_of(_("tính chất"), Directive.Kind)
    parts = _any_of(_("vai trò"), Part)
    statuses = _any_of(_("trạng thái"), Status)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chỉ văn bản")
    )
    channel = models.CharField(_("cách gửi"), max_length=8, choices=Channel.choices, default=Channel.MAIL)
    may_mute = models.BooleanField(
        _("người nhận được tắt"),
        default=False,
        help_text=_("Chỉ cho bậc trước hạn hoặc đúng hạn; nhắc việc quá hạn không tắt được."),
    )
    is_active = models.BooleanField(_("đang dùng"), default=True)

    history = History()

    class Meta:
        verbose_name = _("bậc nhắc việc")
        verbose_name_plural = _("bậc nhắc việc")
        ordering = ["policy", "offset_days", "audience"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "policy",
                    "audience",
                    "person",
                    "offset_days",
                    "day_kind",
                    "urgencies",
                    "kinds",
                    "parts",
                    "statuses",
                    "document",
                ],
                name="step_once",
                nulls_distinct=False,
                violation_error_message=_("Chính sách đã có bậc nhắc này cho cùng người nhận."),
            ),
            models.CheckConstraint(
                name="step_repeats_forward",
                violation_error_message=_(
                    "Số ngày nhắc lại phải từ 1 trở lên và chỉ dùng cho bậc từ ngày đến hạn trở đi."
                ),
                condition=Q(repeat_every_days__isnull=True) | Q(repeat_every_days__gte=1, offset_days__gte=0),
            ),
            models.CheckConstraint(
                name="step_names_a_person",
                violation_error_message=_("Chọn người nhận khi, và chỉ khi, gửi cho người được nêu tên."),
                condition=Q(audience="person", person__isnull=False)
                | (~Q(audience="person") & Q(person__isnull=True)),
            ),
            models.CheckConstraint(
                name="step_mute_before_due",
                violation_error_message=_("Chỉ bậc trước hạn hoặc đúng hạn, không lặp lại, mới được tắt."),
                condition=Q(may_mute=False) | Q(offset_days__lte=0, repeat_every_days__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_audience_display()}: {self.offset_days:+d}"


class MailPreference(models.Model):
    """What one person wants of the mails: events at once or in the day's digest, and no reminders that may be muted."""

    class Events(models.TextChoices):
        AT_ONCE = "at_once", _("Gửi ngay")
        DIGEST = "digest", _("Gộp vào thư tổng hợp của ngày")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="mail_preference", verbose_name=_("tài khoản")
    )
    events = models.CharField(
        _("khi có việc mới, yêu cầu bổ sung, quyết định gia hạn, ý kiến lãnh đạo"),
        max_length=8,
        choices=Events.choices,
        default=Events.AT_ONCE,
    )
    mutes = models.BooleanField(
        _("không nhận nhắc việc trước hạn"),
        default=False,
        help_text=_("Nhắc việc quá hạn vẫn được gửi."),
    )

    history = History()

    class Meta:
        verbose_name = _("cách nhận thư")
        verbose_name_plural = _("cách nhận thư")

    def __str__(self) -> str:
        return str(self.user)
