"""What a unit says of its work, and what is said between the parties."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import Recorded
from accounts.fields import LineField, ProseField
from directives.models.assignment import Assignment
from steering.models import Unit


class UnitLetter(Recorded):
    """A unit's letter from which the secretariat records something for it (Ghi nhận theo văn bản)."""

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="letters", verbose_name=_("phân công")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("đơn vị gửi"))
    number = LineField(_("số, ký hiệu"), max_length=60)
    dated_on = models.DateField(_("ngày văn bản"))
    signer = LineField(_("người ký"), max_length=150, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi nhận")
    )
    at = models.DateTimeField(_("lúc"))

    class Meta:
        verbose_name = _("văn bản của đơn vị")
        verbose_name_plural = _("văn bản của đơn vị")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.number} ({self.dated_on:%d/%m/%Y})"


class ProgressReport(Recorded):
    """A report of a unit; written once. A result that waits for the head's signature is one, too."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("Báo cáo tiến độ")
        FOR_HEAD = "for_head", _("Trình thủ trưởng")
        GIVEN_BACK = "given_back", _("Thủ trưởng trả lại")
        RESULT = "result", _("Báo cáo hoàn thành")

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="reports", verbose_name=_("phân công")
    )
    kind = models.CharField(_("loại"), max_length=10, choices=Kind.choices)
    percent = models.PositiveSmallIntegerField(_("tiến độ (%)"))
    text = ProseField(_("kết quả thực hiện"))
    obstacles = ProseField(_("khó khăn, vướng mắc"), blank=True)
    proposals = ProseField(_("kiến nghị"), blank=True)
    result_number = LineField(_("số văn bản kết quả"), max_length=60, blank=True)
    result_on = models.DateField(_("ngày văn bản kết quả"), null=True, blank=True)
    result_signer = LineField(_("người ký"), max_length=150, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("báo cáo của đơn vị"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người báo cáo"),
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
        related_name="reports",
        verbose_name=_("theo văn bản"),
    )
    based_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("theo báo cáo đã trình"),
    )
    at = models.DateTimeField(_("lúc"))

    class Meta:
        verbose_name = _("báo cáo")
        verbose_name_plural = _("báo cáo")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="report_percent", condition=Q(percent__lte=100))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.percent}%"


class Note(Recorded):
    """Trao đổi: a word between secretariat, unit and leaders."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Điện thoại")
        EMAIL = "email", _("Thư điện tử")
        LETTER = "letter", _("Văn bản")
        MEETING = "meeting", _("Cuộc họp")
        OPINION = "opinion", _("Ý kiến")

    assignment = models.ForeignKey(
        Assignment, models.PROTECT, related_name="notes", verbose_name=_("phân công")
    )
    kind = models.CharField(_("hình thức"), max_length=10, choices=Kind.choices)
    held_on = models.DateField(_("ngày"))
    text = ProseField(_("nội dung"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người ghi")
    )
    at = models.DateTimeField(_("lúc"))

    class Meta:
        verbose_name = _("trao đổi")
        verbose_name_plural = _("trao đổi")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.held_on:%d/%m/%Y}"
