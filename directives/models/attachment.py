"""Files: kept outside the web root under a random name, given out only by a view that asks `visible_to`."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import History
from accounts.fields import LineField, ProseField
from directives.models.deadline import ExtensionRequest
from directives.models.document import Document
from directives.models.report import ProgressReport, UnitLetter


def random_path(instance: Any, filename: str) -> str:
    """Where the bytes lie: nothing of the name given by the user is in it."""
    name = secrets.token_hex(16)
    return f"attachments/{name[:2]}/{name}"


class Attachment(models.Model):
    """A file of exactly one document, report, letter or request; `removed_at` set: bytes destroyed, row kept."""

    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="files", verbose_name=_("văn bản")
    )
    report = models.ForeignKey(
        ProgressReport, models.PROTECT, null=True, blank=True, related_name="files", verbose_name=_("báo cáo")
    )
    letter = models.ForeignKey(
        UnitLetter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("văn bản của đơn vị"),
    )
    extension_request = models.ForeignKey(
        ExtensionRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("đề nghị gia hạn"),
    )
    file = models.FileField(_("tệp"), upload_to=random_path, max_length=120)
    name = LineField(_("tên tệp"), max_length=255)
    content_type = models.CharField(_("loại tệp"), max_length=100)
    size = models.PositiveBigIntegerField(_("kích thước (byte)"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người tải lên")
    )
    uploaded_at = models.DateTimeField(_("tải lên lúc"))
    removed_at = models.DateTimeField(_("gỡ lúc"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("người gỡ"),
    )
    removal_reason = ProseField(_("lý do gỡ"), blank=True)

    history = History()

    class Meta:
        verbose_name = _("tệp đính kèm")
        verbose_name_plural = _("tệp đính kèm")
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="attachment_of_exactly_one",
                condition=Q(
                    document__isnull=False,
                    report__isnull=True,
                    letter__isnull=True,
                    extension_request__isnull=True,
                )
                | Q(
                    document__isnull=True,
                    report__isnull=False,
                    letter__isnull=True,
                    extension_request__isnull=True,
                )
                | Q(
                    document__isnull=True,
                    report__isnull=True,
                    letter__isnull=False,
                    extension_request__isnull=True,
                )
                | Q(
                    document__isnull=True,
                    report__isnull=True,
                    letter__isnull=True,
                    extension_request__isnull=False,
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name
