"""The way out: one connection to the mail server, and its refusals and failures in words that people understand."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directives.reminders.files import EmlFileBackend
from directives.reminders.punctual import PunctualBackend
from directives.reminders.status import is_of_address

log = structlog.get_logger(__name__)

# What a server says of a mail: for good, and for now. Its own words stand between the quotation marks.
_OF_ADDRESS = (
    gettext_lazy("Máy chủ thư từ chối địa chỉ này: “%(answer)s”"),
    gettext_lazy("Máy chủ thư tạm chưa nhận thư đến địa chỉ này: “%(answer)s”"),
)
_OF_CONTENT = (
    gettext_lazy("Máy chủ thư từ chối thư này: “%(answer)s”"),
    gettext_lazy("Máy chủ thư tạm chưa nhận thư này: “%(answer)s”"),
)


class DeliveryError(Exception):
    """A mail did not go out: the message says so to people, `raw` is what the system said, for the operator."""

    def __init__(self, words: str, raw: str) -> None:
        super().__init__(words)
        self.raw = raw


class TemporaryError(DeliveryError):
    """The mail could not be sent now."""


class PermanentError(DeliveryError):
    """The mail will not be taken as it is, however often it is sent."""


class AddressRefusedError(PermanentError):
    """The recipient's address is what the server will not take: no mail to it will go out until it is put right."""


class Server:
    """One connection for a batch, opened when the first mail needs it and again after it was lost."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.is_open = False
        self.closed_to_us: TemporaryError | None = None

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Send one mail. Raises TemporaryError or PermanentError; for PermanentError the mail itself is at fault."""
        if isinstance(self.backend, PunctualBackend):
            self.backend.appointment.begin()
        self._open()
        try:
            self.backend.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            ((code, words),) = error.recipients.values()
            self._refused(
                code, words, _OF_ADDRESS, error, AddressRefusedError if is_of_address(words) else None
            )
        except smtplib.SMTPSenderRefused as error:
            # Whatever the code: it is the installation that is refused, not this mail.
            answer = _said(error.smtp_code, error.smtp_error)
            sentence = _("Máy chủ thư từ chối địa chỉ người gửi: “%(answer)s”") % {"answer": answer}
            raise TemporaryError(sentence, answer) from error
        except smtplib.SMTPResponseException as error:
            self._refused(error.smtp_code, error.smtp_error, _OF_CONTENT, error)
        except OSError as error:
            # A time-out or a lost connection, smtplib's own exceptions included.
            self.close()
            raise TemporaryError(self._trouble(error, opening=False), _raw(error)) from error
        except ValueError as error:
            raise unwritable(error) from error

    def _refused(
        self,
        code: int,
        words: bytes | str,
        told: tuple[str | Promise, str | Promise],
        error: Exception,
        permanent: type[PermanentError] | None = None,
    ) -> None:
        answer = _said(code, words)
        if code == 421:
            # The server closes the connection after this word (RFC 5321).
            self.close()
            sentence = _("Máy chủ thư tạm ngừng phục vụ: “%(answer)s”") % {"answer": answer}
            raise TemporaryError(sentence, answer) from error
        if 500 <= code < 600:
            raise (permanent or PermanentError)(str(told[0]) % {"answer": answer}, answer) from error
        raise TemporaryError(str(told[1]) % {"answer": answer}, answer) from error

    def _open(self) -> None:
        """Whatever happens before a mail is handed over, a refused password included, is no mail's fault.

        Where it failed once it is not tried for each mail of the batch: a server that does not answer would hold up
        the worker, one that refuses the password would lock the account.
        """
        if self.is_open:
            return
        if self.closed_to_us:
            raise TemporaryError(str(self.closed_to_us), self.closed_to_us.raw)
        try:
            self.backend.open()
        # ValueError: a user name or password in letters that SMTP cannot carry.
        except (OSError, ValueError) as error:
            self.close()
            self.closed_to_us = TemporaryError(self._trouble(error, opening=True), _raw(error))
            raise self.closed_to_us from error
        self.is_open = True

    def _trouble(self, error: Exception, *, opening: bool) -> str:
        """Return what a reader is told of a failure that is not the mail's."""
        if isinstance(self.backend, EmlFileBackend):
            return _("Không ghi được tệp thư vào thư mục MAIL_DIR")
        # smtplib makes a time-out while it waits for an answer a lost connection.
        cause = error.__context__ if isinstance(error.__context__, TimeoutError) else error
        match cause:
            case smtplib.SMTPAuthenticationError():
                answer = _said(cause.smtp_code, cause.smtp_error)
                return _("Máy chủ thư không chấp nhận tên đăng nhập, mật khẩu đã cấu hình: “%(answer)s”") % {
                    "answer": answer
                }
            case smtplib.SMTPResponseException():
                answer = _said(cause.smtp_code, cause.smtp_error)
                return _("Máy chủ thư không nhận kết nối: “%(answer)s”") % {"answer": answer}
            case smtplib.SMTPNotSupportedError():
                return _("Máy chủ thư không hỗ trợ cách đăng nhập hoặc mã hóa đã cấu hình")
            case ssl.SSLError():
                return _("Không thiết lập được kết nối mã hóa với máy chủ thư")
            case TimeoutError():
                return _("Máy chủ thư không trả lời trong thời gian chờ")
            case socket.gaierror():
                return _("Không tìm thấy máy chủ thư theo tên đã cấu hình")
            case ValueError():
                return _("Tên đăng nhập hoặc mật khẩu máy chủ thư đã cấu hình không hợp lệ")
        if opening:
            return _("Không kết nối được máy chủ thư")
        return _("Máy chủ thư ngắt kết nối giữa chừng")

    def close(self) -> None:
        """Close the connection, also one that is lost already."""
        self.is_open = False
        try:
            self.backend.close()
        except OSError as error:
            log.info("mail_connection_lost", error=str(error))


@contextmanager
def server() -> Iterator[Server]:
    """A connection for the length of the block, to the server (or the folder) of the settings."""
    found = Server(get_connection())
    try:
        yield found
    finally:
        found.close()


def unwritable(error: ValueError) -> PermanentError:
    """Return what is said of a mail whose address or headers cannot be written."""
    return PermanentError(_("Địa chỉ hoặc tiêu đề của thư không viết được thành thư điện tử"), _raw(error))


def unforeseen(error: Exception) -> TemporaryError:
    """Return what is said of a failure that nobody foresaw: the mail is tried again, the log has the cause."""
    return TemporaryError(_("Lỗi của hệ thống khi gửi thư này; Quản trị hệ thống xem nhật ký"), _raw(error))


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}".strip()


def _raw(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
