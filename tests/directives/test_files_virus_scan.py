"""The virus scan, against a small daemon that speaks ClamAV's protocol."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from directives import archives, files
from directives.errors import Refused
from tests.cast import PDF, Cast, pdf

# The test file of all scanners, in two halves, so that none finds it here.
VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon(socketserver.ThreadingTCPServer):
    """Reads a stream as man 8 clamd describes it, and answers as clamd does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.received: list[bytes] = []
        self.says: bytes | None = None


class _Session(socketserver.StreamRequestHandler):
    server: Daemon

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.server.received.append(content)
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if VIRUS in content else b"stream: OK\0"
        self.wfile.write(found if self.server.says is None else self.server.says)


@pytest.fixture
def daemon(settings: Settings) -> Iterator[Daemon]:
    with Daemon() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()


def test_a_clean_file_is_read_whole_and_accepted(daemon: Daemon) -> None:
    content = PDF + bytes(200_000)
    sent = SimpleUploadedFile("a.pdf", content)

    assert files.check(sent) == archives.PDF
    assert daemon.received == [content]
    assert sent.tell() == 0, "what is stored afterwards is the whole file"


def test_a_file_with_a_virus_is_refused_by_its_name(daemon: Daemon) -> None:
    with pytest.raises(Refused, match=r"“a.pdf” bị phần mềm diệt vi-rút từ chối \(Win.Test.EICAR_HDB-1\)"):
        files.check(SimpleUploadedFile("a.pdf", PDF + VIRUS), field="uploads")


@pytest.mark.parametrize("says", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK FOUND ERROR\0"])
def test_a_daemon_that_cannot_say_lets_nothing_in(daemon: Daemon, says: bytes) -> None:
    daemon.says = says
    with pytest.raises(Refused, match="Chưa quét được vi-rút"):
        files.check(pdf())


def test_without_its_daemon_nothing_is_let_in(cast: Cast, settings: Settings) -> None:
    settings.CLAMD_URL = "unix:///nonexistent/clamd.ctl"
    with pytest.raises(Refused, match="hãy thử lại sau ít phút"):
        files.check(pdf())


def test_nothing_is_asked_when_it_is_off(daemon: Daemon, settings: Settings) -> None:
    settings.CLAMD_URL = ""
    assert files.check(pdf()) == archives.PDF
    assert daemon.received == []
