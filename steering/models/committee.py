"""The committee, its seats and who holds them, and its secretariat."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.dated import Dated, dates_in_order
from accounts.fields import LineField
from steering.models.unit import Unit


class Committee(models.Model):
    """A steering committee. With only one, the word never shows."""

    code = models.SlugField(_("mã"), max_length=30, unique=True)
    name = LineField(_("tên"), max_length=255)
    short_name = LineField(_("tên ngắn"), max_length=60, help_text=_("Đứng đầu tiêu đề thư: [BCĐ CĐS]"))
    standing_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cơ quan thường trực")
    )
    mailbox = models.EmailField(_("hộp thư của Tổ thư ký"), blank=True, help_text=_("Nơi nhận thư trả lời."))
    secretariat_label = LineField(_("cách gọi Tổ thư ký"), max_length=60, default="Tổ thư ký")

    history = History()

    class Meta:
        verbose_name = _("Ban Chỉ đạo")
        verbose_name_plural = _("Ban Chỉ đạo")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A place in the committee; it stays when its holder changes, and so does what it supervises."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("Trưởng ban")
        STANDING_VICE_CHAIR = "standing_vice_chair", _("Phó Trưởng ban thường trực")
        VICE_CHAIR = "vice_chair", _("Phó Trưởng ban")
        STANDING_MEMBER = "standing_member", _("Ủy viên thường trực")
        MEMBER = "member", _("Ủy viên")

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="seats", verbose_name=_("Ban Chỉ đạo")
    )
    role = models.CharField(_("vai trò"), max_length=20, choices=Role.choices)
    protocol_order = models.PositiveSmallIntegerField(_("thứ tự"))

    history = History()

    class Meta:
        verbose_name = _("vị trí trong Ban Chỉ đạo")
        verbose_name_plural = _("vị trí trong Ban Chỉ đạo")
        ordering = ["committee", "protocol_order"]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "protocol_order"],
                name="seat_order_once",
                violation_error_message=_("Thứ tự này trong Ban Chỉ đạo đã có vị trí khác."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.protocol_order})"


class SeatHolding(Dated):
    """A person in a seat for a time; the post is text of that holding, the title is no part of the name."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="holdings", verbose_name=_("vị trí"))
    person = LineField(_("họ và tên"), max_length=150)
    academic_title = LineField(_("học hàm, học vị"), max_length=30, blank=True)
    post = LineField(_("chức vụ"), max_length=200, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("đơn vị")
    )
    email = models.EmailField(_("thư điện tử"), blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="holdings",
        verbose_name=_("tài khoản"),
    )

    history = History()

    class Meta:
        verbose_name = _("người giữ vị trí")
        verbose_name_plural = _("người giữ vị trí")
        ordering = ["seat", "valid_from"]
        constraints = [dates_in_order("seatholding_dates_in_order")]

    def __str__(self) -> str:
        return self.person


class Assistant(Dated):
    """Someone who helps a seat's holder: gets copies of the holder's mail and reads what the holder reads."""

    holding = models.ForeignKey(
        SeatHolding, models.PROTECT, related_name="assistants", verbose_name=_("người giữ vị trí")
    )
    person = LineField(_("họ và tên"), max_length=150)
    email = models.EmailField(_("thư điện tử"), blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assists",
        verbose_name=_("tài khoản"),
    )

    history = History()

    class Meta:
        verbose_name = _("người giúp việc")
        verbose_name_plural = _("người giúp việc")
        constraints = [dates_in_order("assistant_dates_in_order")]

    def __str__(self) -> str:
        return self.person


class CommitteeStaff(Dated):
    """A person's work for a committee's secretariat, for a time: it gives the secretariat's rights there."""

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="staff", verbose_name=_("Ban Chỉ đạo")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_postings", verbose_name=_("người")
    )

    history = History()

    class Meta:
        verbose_name = _("thành viên Tổ thư ký")
        verbose_name_plural = _("thành viên Tổ thư ký")
        constraints = [dates_in_order("committeestaff_dates_in_order")]

    def __str__(self) -> str:
        return f"{self.user} – {self.committee.short_name}"
