"""SMTP that ends in time: a mail is sent or given up before another process may take it over.

A time-out of a socket bounds the wait for the next byte, not for an answer: a server that says one letter a second
would hold a mail for longer than its lease, and the mail would go twice.
"""

from __future__ import annotations

import io
import math
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

# Of the lease; the rest is for noting how it ended.
SHARE = 0.8
# The most that TLS sends in one piece.
RECORD = 16_384


@dataclass
class Appointment:
    """When the work on the present mail has to end (of the monotonic clock, in seconds)."""

    ends_at: float = math.inf

    def begin(self) -> None:
        """A mail is begun, its lease (settings.MAIL_LEASE_SECONDS) just now."""
        self.ends_at = time.monotonic() + SHARE * settings.MAIL_LEASE_SECONDS

    def seconds(self, at_most: float | None) -> float | None:
        """Return how long to wait for what comes next, None for ever. Raises TimeoutError when it is too late."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out: the mail took too long as a whole")
        return min(left, math.inf if at_most is None else at_most) if math.isfinite(left) else at_most


class _Answers(io.RawIOBase):
    """What the server says, each piece waited for until the appointment at the longest."""

    def __init__(self, sock: socket.socket, seconds: Callable[[], float | None]) -> None:
        self.sock, self.seconds = sock, seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(self.seconds())
        return self.sock.recv_into(buffer)


def _at_once(sock: socket.socket) -> socket.socket:
    """Let a socket send what it is given: by default the end of a mail waits for the server to acknowledge the piece
    before, which it puts off for 40 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class _Punctual(smtplib.SMTP):
    """smtplib's client with an appointment."""

    def __init__(self, *args: Any, appointment: Appointment, **kwargs: Any) -> None:
        self.appointment = appointment
        super().__init__(*args, **kwargs)

    def _seconds(self) -> float | None:
        return self.appointment.seconds(self.timeout)

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        return _at_once(super()._get_socket(host, port, self.appointment.seconds(timeout)))  # type: ignore[misc]

    def _hurry(self) -> None:
        """Whatever is asked of the socket next ends with the appointment."""
        if self.sock:
            try:
                self.sock.settimeout(self._seconds())
            except TimeoutError as error:
                self.close()
                raise smtplib.SMTPServerDisconnected(str(error)) from error

    def send(self, s: Any) -> None:
        content = s.encode(self.command_encoding) if isinstance(s, str) else s
        # Over TLS each record is waited for anew; else the time-out is that of the whole.
        piece = RECORD if isinstance(self.sock, ssl.SSLSocket) else max(1, len(content))
        for start in range(0, len(content), piece):
            self._hurry()
            super().send(content[start : start + piece])

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = io.BufferedReader(_Answers(self.sock, self._seconds))
        answer = super().getreply()
        # The handshake of STARTTLS, which may follow, asks nobody how long it may wait.
        self._hurry()
        return answer


class _PunctualOverTls(_Punctual, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: Any) -> Any:
        seconds = self.appointment.seconds
        plain = super(smtplib.SMTP_SSL, self)._get_socket(host, port, seconds(timeout))  # type: ignore[misc]
        with ExitStack() as otherwise:
            otherwise.callback(plain.close)
            # What the connection took is no more the handshake's.
            _at_once(plain).settimeout(seconds(timeout))
            encrypted = self.context.wrap_socket(plain, server_hostname=self._host)  # type: ignore[attr-defined]
            otherwise.pop_all()
        return encrypted


class PunctualBackend(EmailBackend):
    """Django's backend; whoever sends says `appointment.begin()` before each mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.appointment = Appointment()

    @property
    def connection_class(self) -> Any:
        """The client that is opened, bound to the appointment."""
        return partial(_PunctualOverTls if self.use_ssl else _Punctual, appointment=self.appointment)
