"""A seal, the digests it stands on, and the checks that were made of all seals. All append-only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import Recorded


class Seal(Recorded):
    """All rows recorded since the seal before it, told by one hash that contains that seal's hash (`manifest`)."""

    number = models.PositiveIntegerField(_("số"), unique=True)
    sealed_at = models.DateTimeField(_("niêm phong lúc"), help_text=_("Theo đồng hồ của máy chủ CSDL."))
    format = models.PositiveSmallIntegerField(_("định dạng"))
    system = models.CharField(_("cụm CSDL"), max_length=20, help_text="pg_control_system().system_identifier")
    snapshot = models.TextField(
        _("giao dịch đã xong"),
        help_text="pg_current_snapshot(): every transaction below its end and not listed as running is sealed.",
    )
    tables = models.JSONField(_("bảng"), help_text="table, key, columns, rows and digest of each table")
    rows = models.PositiveBigIntegerField(_("số dòng"))
    previous_hash = models.CharField(_("mã niêm phong trước"), max_length=64, blank=True)
    hash = models.CharField(_("mã niêm phong"), max_length=64, unique=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người niêm phong")
    )

    class Meta:
        verbose_name = _("mã niêm phong nhật ký")
        verbose_name_plural = _("mã niêm phong nhật ký")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


class SealBlock(Recorded):
    """Up to `digests.BLOCK` rows of one table in one seal: their keys, ascending, and the digest of each."""

    seal = models.ForeignKey(
        Seal, models.PROTECT, related_name="blocks", db_index=False, verbose_name=_("mã niêm phong")
    )
    table_name = models.CharField(_("bảng"), max_length=63)
    ordinal = models.PositiveIntegerField(_("thứ tự"))
    keys = ArrayField(models.BigIntegerField(), verbose_name=_("khóa"))
    digests = models.BinaryField(_("mã băm"), help_text="32 bytes a row, in the order of the keys")

    class Meta:
        verbose_name = _("khối niêm phong")
        verbose_name_plural = _("khối niêm phong")
        ordering = ["seal", "table_name", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["seal", "table_name", "ordinal"], name="sealblock_once")
        ]
        # Serves "which rows of this table are sealed".
        indexes = [models.Index(fields=["table_name"], name="sealblock_table")]

    def __str__(self) -> str:
        return f"{self.seal_id} {self.table_name} {self.ordinal}"


class CheckRequest(Recorded):
    """Somebody asked for a check of all seals; a worker makes it and leaves a `Check`."""

    at = models.DateTimeField(_("yêu cầu lúc"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người yêu cầu")
    )

    given_seal = models.CharField(_("mã niêm phong đối chiếu"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("yêu cầu kiểm tra toàn vẹn")
        verbose_name_plural = _("yêu cầu kiểm tra toàn vẹn")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{localtime(self.at):%d/%m/%Y %H:%M}"


class Check(Recorded):
    """The result of one check. `findings` holds the first `verify.MOST_FINDINGS`, `found` counts all."""

    request = models.OneToOneField(
        CheckRequest, models.PROTECT, null=True, related_name="check_made", verbose_name=_("yêu cầu")
    )
    started_at = models.DateTimeField(_("bắt đầu"))
    finished_at = models.DateTimeField(_("xong"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người kiểm tra")
    )
    seals = models.PositiveIntegerField(_("số mã niêm phong"))
    rows = models.PositiveBigIntegerField(_("số dòng đã kiểm tra"))
    unsealed = models.PositiveBigIntegerField(_("số dòng chưa niêm phong"))
    last_seal = models.CharField(_("mã niêm phong cuối"), max_length=80, blank=True)
    given_seal = models.CharField(_("mã niêm phong đối chiếu"), max_length=80, blank=True)
    found = models.PositiveIntegerField(_("số điểm bất thường"))
    findings = models.JSONField(_("điểm bất thường"), default=list)
    notices = models.JSONField(_("lưu ý"), default=list)

    class Meta:
        verbose_name = _("lần kiểm tra toàn vẹn")
        verbose_name_plural = _("lần kiểm tra toàn vẹn")
        ordering = ["-finished_at", "-pk"]

    def __str__(self) -> str:
        return f"{localtime(self.finished_at):%d/%m/%Y %H:%M}"
