"""A mail as a row: written before it is sent, never changed once written."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.history import Recorded
from accounts.fields import LineField
from steering.models import Committee, Unit


class Message(models.Model):
    """One mail to one recipient. Recipient and content are immutable (a trigger); delivery is told by events."""

    class Kind(models.TextChoices):
        DIGEST = "digest", _("Thư tổng hợp nhắc việc")
        WEEKLY = "weekly", _("Thư tuần")
        EVENT = "event", _("Thư báo việc")
        MEMBER = "member", _("Thư tuần của thành viên")
        CHAIR = "chair", _("Thư tuần của Trưởng ban")
        SEAL = "seal", _("Mã niêm phong nhật ký")

    class State(models.TextChoices):
        QUEUED = "queued", _("Chờ gửi")
        SENT = "sent", _("Đã gửi")
        FAILED = "failed", _("Không gửi được")

    # What the trigger keeps as it was composed.
    IMMUTABLE = (
        "committee_id",
        "kind",
        "on",
        "recipient_key",
        "recipient_name",
        "address",
        "subject",
        "text",
        "html",
        "image",
        "image_alt",
        "tells_restricted",
        "message_id",
        "in_reply_to",
        "composed_at",
        "resend_of_id",
    )

    committee = models.ForeignKey(
        Committee, models.PROTECT, db_index=False, related_name="messages", verbose_name=_("Ban Chỉ đạo")
    )
    kind = models.CharField(_("loại thư"), max_length=10, choices=Kind.choices)
    on = models.DateField(_("cho ngày"))
    recipient_key = models.CharField(_("khóa người nhận"), max_length=40)
    recipient_name = LineField(_("người nhận"), max_length=255)
    address = models.EmailField(_("địa chỉ"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("tài khoản"),
    )
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("đơn vị"),
    )
    subject = LineField(_("tiêu đề"), max_length=255)
    text = models.TextField(_("nội dung (chữ)"))
    html = models.TextField(_("nội dung (HTML)"))
    # A PNG that the HTML shows by its Content-ID, and what it says to who does not see it.
    image = models.BinaryField(_("hình trong thư"), null=True, blank=True, editable=False)
    image_alt = models.TextField(_("lời thay hình"), blank=True, default="", editable=False)
    # Of mails without reminders, which say it of the others: whether restricted matter stands behind its words.
    tells_restricted = models.BooleanField(_("có nội dung hạn chế"), default=False, editable=False)
    message_id = models.CharField("Message-ID", max_length=200)
    # The Message-ID that begins its thread (`reminders.threads`); empty for a mail that stands alone.
    in_reply_to = models.CharField("In-Reply-To", max_length=200, blank=True, default="")
    composed_at = models.DateTimeField(_("soạn lúc"))
    resend_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="resends",
        verbose_name=_("gửi lại của"),
    )
    # Hỏa tốc, and the seal: not held back until the hours of sending.
    at_any_hour = models.BooleanField(_("không chờ giờ gửi thư"), default=False)
    state = models.CharField(_("tình trạng"), max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("số lần thử"), default=0)
    next_attempt_at = models.DateTimeField(_("thử lại lúc"))
    leased_until = models.DateTimeField(_("đang gửi đến lúc"), null=True, blank=True)
    # How often a process took it and was not heard of again: a mail that breaks its senders is set aside.
    abandoned = models.PositiveSmallIntegerField(_("số lần gửi dở"), default=0)
    sent_at = models.DateTimeField(_("gửi lúc"), null=True, blank=True)
    error = models.TextField(_("lỗi gần nhất"), blank=True)

    class Meta:
        verbose_name = _("thư")
        verbose_name_plural = _("thư điện tử")
        ordering = ["-composed_at", "-pk"]
        constraints = [
            # One digest per recipient, day and committee (whose secretariat reads what it sent, not another's);
            # sending again makes a row of its own, and so does each mail of news.
            models.UniqueConstraint(
                fields=["committee", "kind", "on", "recipient_key"],
                condition=Q(resend_of__isnull=True) & ~Q(kind="event"),
                name="message_one_a_day",
            ),
            models.UniqueConstraint(fields=["message_id"], name="message_id_once"),
        ]
        indexes = [
            # Serves the claim of the sender: queued rows whose time has come.
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="queued"), name="message_claim"),
            # Serve the mails of a person, of a unit, and what was sent again; each row is in those it has a value for.
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="message_user"),
            models.Index(fields=["unit"], condition=Q(unit__isnull=False), name="message_unit"),
            models.Index(
                fields=["resend_of"], condition=Q(resend_of__isnull=False), name="message_resend_of"
            ),
            # Serves the mail screen, newest first, and its tabs by state.
            models.Index(fields=["-composed_at", "-id"], name="message_list"),
            models.Index(fields=["state", "-composed_at"], name="message_state"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient_name}"


class MessageEvent(Recorded):
    """What happened to a mail: one row for each attempt and outcome."""

    class Kind(models.TextChoices):
        COMPOSED = "composed", _("Đã soạn")
        ATTEMPT = "attempt", _("Bắt đầu gửi")
        SENT = "sent", _("Máy chủ thư đã nhận")
        DEFERRED = "deferred", _("Tạm chưa gửi được")
        FAILED = "failed", _("Không gửi được")
        RESENT = "resent", _("Gửi lại")
        DELAYED = "delayed", _("Nơi nhận báo thư đến chậm")
        BOUNCED = "bounced", _("Không gửi được đến hộp thư")
        RELEASED = "released", _("Gửi ngay")

    message = models.ForeignKey(Message, models.PROTECT, related_name="events", verbose_name=_("thư"))
    kind = models.CharField(_("việc"), max_length=10, choices=Kind.choices)
    at = models.DateTimeField(_("lúc"))
    # What the server or the system said, word for word; `Message.error` says it to people.
    detail = models.TextField(_("chi tiết"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("người"),
    )

    class Meta:
        verbose_name = _("diễn biến thư")
        verbose_name_plural = _("diễn biến thư")
        ordering = ["at", "pk"]
        indexes = [
            # Serves the count of the last minute's attempts, where the relay takes so many a minute, and the watch.
            models.Index(fields=["at"], condition=Q(kind="attempt"), name="messageevent_attempts"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%d/%m/%Y %H:%M}"
