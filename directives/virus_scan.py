"""The optional virus scan: ClamAV's daemon, asked by its own protocol (INSTREAM, man 8 clamd)."""

from __future__ import annotations

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from directives.archives import Unacceptable

log = structlog.get_logger(__name__)
DEFAULT_PORT = 3310
# One silent step of the daemon, in seconds; a row may be locked meanwhile.
PATIENCE_SECONDS = 20.0
_PIECE = 64 * 1024
_LONGEST_ANSWER = 4096


def scan(file: IO[bytes]) -> None:
    """Send a file to the daemon of `settings.CLAMD_URL` and rewind it; without a daemon configured, do nothing.

    Raises Unacceptable when the daemon names a virus, and also when it does not answer or cannot say: who turned the
    scan on wants no file that was not scanned.
    """
    if not settings.CLAMD_URL:
        return
    try:
        answer = _ask(file)
    except OSError as error:
        log.error("virus_scan_unavailable", error=str(error))
        raise _unavailable() from error
    finally:
        file.seek(0)
    if answer.endswith(" FOUND"):
        found = answer.removeprefix("stream: ").removesuffix(" FOUND")
        log.warning("virus_found", found=found)
        raise Unacceptable(
            _(
                "Tệp “%(name)s” bị phần mềm diệt vi-rút từ chối (%(found)s); hãy kiểm tra máy rồi tải tệp sạch."
            ),
            found=found,
        )
    if answer != "stream: OK":
        log.error("virus_scan_unavailable", error=answer)
        raise _unavailable()


def _unavailable() -> Unacceptable:
    return Unacceptable(
        _(
            "Chưa quét được vi-rút nên chưa nhận tệp “%(name)s”; hãy thử lại sau ít phút "
            "hoặc báo quản trị hệ thống."
        )
    )


def _ask(file: IO[bytes]) -> str:
    file.seek(0)
    with _connected() as connection:
        connection.sendall(b"zINSTREAM\0")
        while piece := file.read(_PIECE):
            connection.sendall(struct.pack("!I", len(piece)) + piece)
        connection.sendall(struct.pack("!I", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            received = connection.recv(_LONGEST_ANSWER)
            if not received:
                break
            answer += received
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _connected() -> socket.socket:
    """Return a connection to `tcp://host:port` or `unix:///path`."""
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE_SECONDS)
        try:
            connection.connect(address.path)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((address.hostname, address.port or DEFAULT_PORT), PATIENCE_SECONDS)
