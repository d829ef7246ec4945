"""Units: ministries, departments, provincial health departments, hospitals; renamed, moved and merged over time."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.dated import Dated, dates_in_order
from accounts.fields import LineField, search_column, search_index


class UnitKind(models.Model):
    """The kind of a unit, e.g. Sở Y tế; a small table the administrator may extend."""

    code = models.SlugField(_("mã"), max_length=30, unique=True)
    name = LineField(_("tên loại"), max_length=100)
    order = models.PositiveSmallIntegerField(_("thứ tự"), default=0)

    history = History()

    class Meta:
        verbose_name = _("loại đơn vị")
        verbose_name_plural = _("loại đơn vị")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class Unit(Dated):
    """A unit that carries out directives. `name` is the latest name; `names` holds each with its dates."""

    code = models.CharField(_("mã đơn vị"), max_length=40, unique=True, help_text=_("Ví dụ: syt.hanoi"))
    name = LineField(
        _("tên"), max_length=255, help_text=_("Tên mới nhất; tên cũ giữ trong các tên theo thời gian.")
    )
    short_name = LineField(_("tên ngắn"), max_length=100, blank=True)
    kind = models.ForeignKey(UnitKind, models.PROTECT, verbose_name=_("loại"))
    order = models.PositiveIntegerField(_("thứ tự chính thức"), default=0)
    mailbox = models.EmailField(_("hộp thư"), blank=True)
    in_sector = models.BooleanField(_("trong ngành"), default=True)
    automatic_mail = models.BooleanField(
        _("nhận thư nhắc tự động"),
        default=False,
        help_text=_("Đơn vị trong ngành luôn nhận; chọn để đơn vị ngoài ngành cũng nhận."),
    )
    search = search_column("code", "short_name", "name")

    history = History(excluded_fields=["search"])

    class Meta:
        verbose_name = _("đơn vị")
        verbose_name_plural = _("đơn vị")
        ordering = ["order", "pk"]
        permissions = [
            ("see_unit", _("Xem nhiệm vụ của đơn vị")),
            ("report_unit", _("Tiếp nhận, báo cáo cho đơn vị")),
            ("submit_unit", _("Trình kết quả, trả lại nhiệm vụ thay mặt đơn vị")),
        ]
        constraints = [dates_in_order("unit_dates_in_order")]
        indexes = [
            search_index("unit_search_trgm"),
            # Serves long lists in the units' official order: unit by unit until the page is full.
            models.Index(fields=["order", "id"], name="unit_official_order"),
        ]

    def __str__(self) -> str:
        return self.name

    def name_on(self, on: date) -> str:
        """Return the name borne on that day; one query unless `names` is prefetched."""
        for row in self.names.all():
            if row.holds(on):
                return str(row.name)
        return self.name


class UnitName(Dated):
    """A name a unit bears or bore."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="names", verbose_name=_("đơn vị"))
    name = LineField(_("tên"), max_length=255)
    search = search_column("name")

    history = History(excluded_fields=["search"])

    class Meta:
        verbose_name = _("tên theo thời gian")
        verbose_name_plural = _("tên theo thời gian")
        ordering = ["unit", "valid_from"]
        constraints = [dates_in_order("unitname_dates_in_order")]
        indexes = [search_index("unitname_search_trgm")]

    def __str__(self) -> str:
        return self.name


class UnitAlias(models.Model):
    """Another way people write a unit's name; found by search, never printed."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="aliases", verbose_name=_("đơn vị"))
    alias = LineField(_("tên gọi khác"), max_length=255)
    search = search_column("alias")

    history = History(excluded_fields=["search"])

    class Meta:
        verbose_name = _("tên gọi khác")
        verbose_name_plural = _("tên gọi khác")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "alias"],
                name="unitalias_once",
                violation_error_message=_("Đơn vị đã có tên gọi khác này."),
            )
        ]
        indexes = [search_index("unitalias_search_trgm")]

    def __str__(self) -> str:
        return self.alias


class UnitParent(Dated):
    """The unit above a unit, for a time."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="parents", verbose_name=_("đơn vị"))
    parent = models.ForeignKey(
        Unit, models.PROTECT, related_name="children", verbose_name=_("đơn vị cấp trên")
    )

    history = History()

    class Meta:
        verbose_name = _("đơn vị cấp trên")
        verbose_name_plural = _("đơn vị cấp trên")
        ordering = ["unit", "valid_from"]
        constraints = [
            dates_in_order("unitparent_dates_in_order"),
            models.CheckConstraint(
                name="unitparent_not_itself",
                violation_error_message=_("Đơn vị không thể trực thuộc chính nó."),
                condition=~Q(unit=F("parent")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} – {self.parent}"


class Succession(models.Model):
    """From a day on, one unit answers for another's work; nothing is moved or renamed (DOMAIN §2)."""

    from_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="successions_from", verbose_name=_("đơn vị được kế thừa")
    )
    to_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="successions_to", verbose_name=_("đơn vị kế thừa")
    )
    takes_effect_on = models.DateField(_("từ ngày"))
    basis = LineField(_("căn cứ"), max_length=255, blank=True)
    answering = models.BooleanField(
        _("chịu trách nhiệm trả lời"),
        default=False,
        help_text=_(
            "Khi nhiều đơn vị cùng kế thừa, nhiều nhất một đơn vị trả lời; nếu không, Tổ thư ký chọn từng việc."
        ),
    )

    history = History()
    objects = models.Manager()

    class Meta:
        verbose_name = _("kế thừa")
        verbose_name_plural = _("kế thừa")
        ordering = ["takes_effect_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["from_unit", "to_unit"],
                name="succession_once",
                violation_error_message=_("Việc kế thừa này đã được ghi."),
            ),
            models.UniqueConstraint(
                fields=["from_unit"],
                condition=Q(answering=True),
                name="succession_one_answering",
                violation_error_message=_("Chỉ một đơn vị kế thừa chịu trách nhiệm trả lời."),
            ),
            models.CheckConstraint(
                name="succession_not_itself",
                violation_error_message=_("Đơn vị không thể kế thừa chính nó."),
                condition=~Q(from_unit=F("to_unit")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_unit} → {self.to_unit}"
