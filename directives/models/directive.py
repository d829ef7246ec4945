"""A directive: one thing that a document tells units to do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from accounts.audit.history import History, Versioned
from accounts.dated import Dated, dates_in_order
from accounts.fields import LineField, ProseField, search_column, search_index
from directives.models.document import Document, Urgency
from steering.models import Committee, Seat, Unit


class Part(models.TextChoices):
    """A unit's part in a directive."""

    LEAD = "lead", _("Chủ trì")
    COORDINATING = "coordinating", _("Phối hợp")
    EACH = "each", _("Từng đơn vị")


class Directive(Versioned):
    """What is to be done, by when, under whose eyes. Starts as a draft that units cannot see."""

    class Kind(models.TextChoices):
        ORDER = "order", _("Chỉ đạo")
        REQUIREMENT = "requirement", _("Yêu cầu")
        REQUEST = "request", _("Đề nghị")
        COMMITMENT = "commitment", _("Cam kết")

    class Mode(models.TextChoices):
        JOINT = "joint", _("Chủ trì – phối hợp")
        EACH = "each", _("Từng đơn vị thực hiện")

    class State(models.TextChoices):
        DRAFT = "draft", _("Nháp")
        ISSUED = "issued", _("Đã giao")
        VOID = "void", _("Hủy")

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="directives", verbose_name=_("Ban Chỉ đạo")
    )
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="directives", verbose_name=_("văn bản")
    )
    ordinal = models.PositiveSmallIntegerField(_("thứ tự trong văn bản"))
    code = LineField(_("mã nhiệm vụ"), max_length=80, editable=False, help_text=_("Số văn bản và thứ tự."))
    kind = models.CharField(_("tính chất"), max_length=12, choices=Kind.choices, default=Kind.ORDER)
    content = ProseField(_("nội dung"))
    deliverable = ProseField(_("sản phẩm"), blank=True)
    given_by = LineField(_("người giao"), max_length=200, blank=True)
    given_by_seat = models.ForeignKey(
        Seat, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("vị trí của người giao")
    )
    given_by_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("đơn vị giao")
    )
    supervisor = models.ForeignKey(
        Seat,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supervised",
        verbose_name=_("thành viên Ban Chỉ đạo phụ trách"),
    )
    urgency = models.CharField(_("độ khẩn"), max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    given_on = models.DateField(_("ngày giao"), null=True, blank=True)
    deadline_words = LineField(
        _("thời hạn như văn bản ghi"),
        max_length=255,
        blank=True,
        help_text=_("Chép nguyên văn, ví dụ: trước 1/7/2023"),
    )
    due_on = models.DateField(
        _("thời hạn"), null=True, blank=True, help_text=_("Để trống nếu không có thời hạn.")
    )
    is_standing = models.BooleanField(_("thường xuyên"), default=False)
    is_restricted = models.BooleanField(_("hạn chế người xem"), default=False)
    mode = models.CharField(_("cách thực hiện"), max_length=8, choices=Mode.choices, default=Mode.JOINT)
    state = models.CharField(
        _("tình trạng"), max_length=8, choices=State.choices, default=State.DRAFT, editable=False
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("thuộc nhiệm vụ"),
    )
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        editable=False,
        verbose_name=_("được thay bằng"),
    )
    reminder_policy = models.ForeignKey(
        "directives.ReminderPolicy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="directives",
        verbose_name=_("chính sách nhắc việc riêng"),
        help_text=_("Để trống: các chính sách áp dụng chung."),
    )
    search = search_column("code", "content", "deliverable")

    history = History(excluded_fields=["search"])

    class Meta:
        verbose_name = _("nhiệm vụ")
        verbose_name_plural = _("nhiệm vụ")
        ordering = ["-pk"]
        permissions = [("see_directive", _("Xem nhiệm vụ hạn chế"))]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "ordinal"],
                name="directive_ordinal_once",
                violation_error_message=_("Thứ tự này trong văn bản đã có nhiệm vụ khác."),
            ),
            models.CheckConstraint(
                name="directive_standing_has_no_date",
                violation_error_message=_("Nhiệm vụ thường xuyên không có thời hạn; hãy để trống thời hạn."),
                condition=Q(is_standing=False) | Q(due_on__isnull=True),
            ),
        ]
        indexes = [
            search_index("directive_search_trgm"),
            # Serves "what this seat supervises".
            models.Index(fields=["supervisor", "state"], name="directive_supervised"),
        ]

    def __str__(self) -> str:
        return self.code or str(_("Nhiệm vụ nháp"))


class Addressee(models.Model):
    """A unit that a draft will be given to; at issue each becomes an assignment."""

    directive = models.ForeignKey(
        Directive, models.CASCADE, related_name="addressees", verbose_name=_("nhiệm vụ")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("đơn vị"))
    part = models.CharField(_("vai trò"), max_length=12, choices=Part.choices)
    due_on = models.DateField(_("thời hạn riêng"), null=True, blank=True)

    class Meta:
        verbose_name = _("đơn vị nhận")
        verbose_name_plural = _("đơn vị nhận")
        ordering = ["directive", "unit__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["directive", "unit"],
                name="addressee_once",
                violation_error_message=_("Mỗi đơn vị chỉ nhận một lần trong một nhiệm vụ."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit} – {self.get_part_display()}"


class DirectiveUserObjectPermission(UserObjectPermissionBase, Dated):  # type: ignore[misc]  # guardian's manager is kept
    """A named person may see a restricted directive, for a time."""

    content_object = models.ForeignKey(
        Directive, models.PROTECT, related_name="grants", verbose_name=_("nhiệm vụ")
    )

    history = History()

    class Meta:
        verbose_name = _("quyền xem nhiệm vụ hạn chế")
        verbose_name_plural = _("quyền xem nhiệm vụ hạn chế")
        constraints = [dates_in_order("directivegrant_dates_in_order")]
        # Serves the resolution of a person's exceptions, once a request.
        indexes = [models.Index(fields=["user", "permission", "content_object"])]
