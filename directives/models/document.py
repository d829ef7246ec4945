"""The documents from which directives come (NĐ 30/2020/NĐ-CP; DOMAIN §3)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History, Versioned
from accounts.fields import LineField, ProseField, search_column, search_index
from steering.models import Committee, Unit


class Urgency(models.TextChoices):
    NORMAL = "normal", _("Thường")
    URGENT = "urgent", _("Khẩn")
    VERY_URGENT = "very_urgent", _("Thượng khẩn")
    EXPRESS = "express", _("Hỏa tốc")


class Document(Versioned):
    """A resolution, decision, conclusion, meeting … whose directives are tracked."""

    class Kind(models.TextChoices):
        CONCLUSION_NOTICE = "TBKL", _("Thông báo kết luận")
        OFFICIAL_LETTER = "CV", _("Công văn")
        RESOLUTION = "NQ", _("Nghị quyết")
        DECISION = "QĐ", _("Quyết định")
        INSTRUCTION = "CT", _("Chỉ thị")
        STATUTE = "QC", _("Quy chế")
        REGULATION = "QyĐ", _("Quy định")
        COMMUNIQUE = "TC", _("Thông cáo")
        NOTICE = "TB", _("Thông báo")
        GUIDANCE = "HD", _("Hướng dẫn")
        PROGRAMME = "CTr", _("Chương trình")
        PLAN = "KH", _("Kế hoạch")
        OPTION = "PA", _("Phương án")
        SCHEME = "ĐA", _("Đề án")
        PROJECT = "DA", _("Dự án")
        REPORT = "BC", _("Báo cáo")
        MINUTES = "BB", _("Biên bản")
        PROPOSAL = "TTr", _("Tờ trình")
        CONTRACT = "HĐ", _("Hợp đồng")
        TELEGRAM = "CĐ", _("Công điện")
        INVITATION = "GM", _("Giấy mời")
        PARTY_CONCLUSION = "KL", _("Kết luận")
        CIRCULAR = "TT", _("Thông tư")
        DECREE = "NĐ", _("Nghị định")
        MEETING = "meeting", _("Cuộc họp")
        CONFERENCE = "conference", _("Hội nghị")
        SPOKEN = "spoken", _("Ý kiến chỉ đạo trực tiếp")
        MARGINAL_NOTE = "note", _("Bút phê")

    # Kinds that bear no number.
    UNNUMBERED = frozenset({Kind.MEETING, Kind.CONFERENCE, Kind.SPOKEN, Kind.MARGINAL_NOTE})

    class State(models.TextChoices):
        DRAFT = "draft", _("Nháp")
        ISSUED = "issued", _("Đã ban hành")
        VOID = "void", _("Hủy")

    committee = models.ForeignKey(
        Committee, models.PROTECT, related_name="documents", verbose_name=_("Ban Chỉ đạo")
    )
    kind = models.CharField(_("loại văn bản"), max_length=10, choices=Kind.choices)
    number = LineField(_("số, ký hiệu"), max_length=60, blank=True, help_text=_("Ví dụ: 157-NQ/BCSĐ"))
    number_key = models.CharField(max_length=80, blank=True, editable=False)
    issued_on = models.DateField(_("ngày ban hành"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(_("năm"), null=True, blank=True, editable=False)
    subject = ProseField(_("trích yếu"))
    issuer = LineField(_("cơ quan ban hành"), max_length=255)
    issuer_key = models.CharField(max_length=255, editable=False)
    issuer_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("đơn vị ban hành")
    )
    signer = LineField(_("người ký"), max_length=150, blank=True)
    urgency = models.CharField(_("độ khẩn"), max_length=12, choices=Urgency.choices, default=Urgency.NORMAL)
    state = models.CharField(
        _("tình trạng"), max_length=8, choices=State.choices, default=State.DRAFT, editable=False
    )
    void_reason = ProseField(_("lý do hủy"), blank=True, editable=False)
    is_fictitious = models.BooleanField(_("dữ liệu minh họa"), default=False, editable=False)
    search = search_column("number", "subject", "issuer")

    history = History(excluded_fields=["search"])

    class Meta:
        verbose_name = _("văn bản")
        verbose_name_plural = _("văn bản")
        ordering = ["-issued_on", "-pk"]
        constraints = [
            # Numbering restarts each year (DOMAIN §3).
            models.UniqueConstraint(
                fields=["committee", "issuer_key", "number_key", "year"],
                condition=~Q(number_key="") & ~Q(state="void"),
                nulls_distinct=False,
                name="document_number_once_a_year",
                violation_error_message=_(
                    "Văn bản có số, ký hiệu này của cơ quan này trong năm đã được nhập."
                ),
            ),
        ]
        indexes = [
            search_index("document_search_trgm"),
            # Serves the list of documents, newest first.
            models.Index(fields=["committee", "-issued_on", "-id"], name="document_list"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """How people cite it: number, else kind and date."""
        if self.number:
            return self.number
        when = f" {self.issued_on:%d/%m/%Y}" if self.issued_on else ""
        return f"{self.get_kind_display()}{when}"


class DocumentRelation(models.Model):
    """How a document bears on another."""

    class Kind(models.TextChoices):
        IMPLEMENTS = "implements", _("Thực hiện")
        AMENDS = "amends", _("Sửa đổi")
        SUPPLEMENTS = "supplements", _("Bổ sung")
        REPLACES = "replaces", _("Thay thế")
        REPEALS = "repeals", _("Bãi bỏ")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="relations", verbose_name=_("văn bản")
    )
    kind = models.CharField(_("quan hệ"), max_length=12, choices=Kind.choices)
    other = models.ForeignKey(
        Document, models.PROTECT, related_name="related_from", verbose_name=_("văn bản liên quan")
    )

    history = History()

    class Meta:
        verbose_name = _("quan hệ văn bản")
        verbose_name_plural = _("quan hệ văn bản")
        constraints = [
            models.UniqueConstraint(
                fields=["document", "kind", "other"],
                name="relation_once",
                violation_error_message=_("Quan hệ này đã được ghi."),
            ),
            models.CheckConstraint(
                name="relation_not_itself",
                violation_error_message=_("Văn bản không thể liên quan đến chính nó."),
                condition=~Q(document=F("other")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.other}"
