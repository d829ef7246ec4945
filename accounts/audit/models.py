from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import Recorded
from accounts.audit.seals.models import Check, CheckRequest, Seal, SealBlock

__all__ = ["AccessLog", "Check", "CheckRequest", "Seal", "SealBlock"]


class AccessLog(Recorded):
    """Sign-ins, failures, exports and downloads: who, when, from where, what. Append-only."""

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", _("Đăng nhập")
        SIGN_IN_FAILED = "sign_in_failed", _("Đăng nhập không thành công")
        LOCKED = "locked", _("Khóa đăng nhập")
        UNLOCKED = "unlocked", _("Mở khóa đăng nhập")
        INVITATION = "invitation", _("Gửi đường dẫn đặt mật khẩu")
        PASSWORD_ASKED = "password_asked", _("Quên mật khẩu")
        PASSWORD = "password", _("Đặt mật khẩu")
        SECOND_FACTOR = "second_factor", _("Xác thực hai lớp")
        RIGHTS = "rights", _("Thay đổi quyền")
        UPLOAD = "upload", _("Gửi tệp lên")
        SIGN_OUT = "sign_out", _("Đăng xuất")
        EXPORT = "export", _("Xuất dữ liệu")
        DOWNLOAD = "download", _("Tải tệp")
        PRINT = "print", _("In")
        VIEW = "view", _("Xem nội dung hạn chế")

    kind = models.CharField(_("việc"), max_length=20, choices=Kind.choices)
    at = models.DateTimeField(_("lúc"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người"),
    )
    username = models.CharField(_("tên đăng nhập đã nhập"), max_length=150, blank=True)
    address = models.GenericIPAddressField(_("từ địa chỉ"), null=True, blank=True)
    what = models.TextField(_("nội dung"), blank=True)

    class Meta:
        verbose_name = _("dòng nhật ký truy cập")
        verbose_name_plural = _("nhật ký truy cập")
        ordering = ["-at", "-id"]
        # Serves the log's list, newest first, and a person's own lines.
        indexes = [models.Index(fields=["-at", "-id"]), models.Index(fields=["actor", "-at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.at):%d/%m/%Y %H:%M}"
