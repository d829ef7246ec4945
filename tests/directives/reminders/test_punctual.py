"""A mail ends in time over TLS, too: from the first byte or after STARTTLS, in the handshake or in what is said."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.mail import EmailMessage

from directives.reminders.punctual import PunctualBackend

LEASE_SECONDS = 1.5
LETTER_SECONDS = 0.02
NEVER = 3600.0
READY = b"220 Ready to start TLS\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that it signed itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


class Conversation(SMTP):
    """Over TLS its answers come a letter at a time, or never; `letter_seconds` 0: at once."""

    letter_seconds = 0.0

    async def push(self, status: str | bytes) -> None:
        answer = status.encode("ascii") if isinstance(status, str) else status
        if self.letter_seconds and self._is_encrypted():
            for letter in answer:
                self._writer.write(bytes([letter]))
                await self._writer.drain()
                await asyncio.sleep(self.letter_seconds)
            answer = b""
        await super().push(answer)

    def _is_encrypted(self) -> bool:
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None


class Kept:
    """What the server took."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self.contents.append(envelope.content)
        return "250 OK"


class House:
    """A server with TLS, and in front of it a line that is slow from the first byte after `marker` on."""

    def __init__(self, certificate: Path, *, starttls: bool, letter_seconds: float) -> None:
        self.kept = Kept()
        self.starttls, self.letter_seconds = starttls, letter_seconds
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        # How long each byte of the line takes, from when on, and how long the line is silent before that.
        self.byte_seconds, self.marker, self.late_seconds = 0.0, b"", 0.0
        # How long the line takes for each piece of what the client says.
        self.piece_seconds = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    @contextmanager
    def open(self) -> Iterator[int]:
        """Listen; gives the port of the line."""
        self._thread.start()
        assert self._ready.wait(60)
        try:
            yield self.port
        finally:
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _loop, _context: None)
        server = await self._loop.create_server(
            self._conversation, "127.0.0.1", 0, ssl=None if self.starttls else self.context
        )
        self._inner = server.sockets[0].getsockname()[1]
        line = await asyncio.start_server(self._caller, "127.0.0.1", 0)
        self.port: int = line.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        for task in self._tasks:
            task.cancel()
        for one in (line, server):
            one.close()

    def _conversation(self) -> Any:
        made = Conversation(
            self.kept,
            loop=self._loop,
            hostname="localhost",
            tls_context=self.context if self.starttls else None,
        )
        made.letter_seconds = self.letter_seconds
        return made

    async def _caller(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inner)
        for source, to, is_slow in ((reader, inner_writer, False), (inner_reader, writer, True)):
            task = asyncio.create_task(self._pass_on(source, to, is_slow=is_slow))
            self._tasks.add(task)

    async def _pass_on(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, is_slow: bool
    ) -> None:
        seen = b""
        try:
            while piece := await source.read(65536):
                slow = is_slow and bool(self.byte_seconds) and self.marker in seen
                if is_slow and self.marker and self.marker in piece:
                    await asyncio.sleep(self.late_seconds)
                seen += piece
                for part in [bytes([one]) for one in piece] if slow else [piece]:
                    if slow:
                        await asyncio.sleep(self.byte_seconds)
                    to.write(part)
                    await to.drain()
                if not is_slow and self.piece_seconds:
                    await asyncio.sleep(self.piece_seconds)
        except ConnectionError:
            return
        finally:
            to.close()


def backend(port: int, certificate: Path, *, starttls: bool) -> PunctualBackend:
    """The backend of the settings, which trusts the certificate."""
    made = PunctualBackend(
        host="localhost",
        port=port,
        username="",
        password="",
        use_tls=starttls,
        use_ssl=not starttls,
        timeout=10,
    )
    made.ssl_context = ssl.create_default_context(cafile=str(certificate))
    return made


MAIL = EmailMessage("Nhắc việc", "Kính gửi", "a@cast.example", ["b@cast.example"])
kinds = pytest.mark.parametrize("starttls", [False, True], ids=["ssl", "starttls"])
paces = pytest.mark.parametrize("seconds", [LETTER_SECONDS, NEVER], ids=["slow", "silent"])


def assert_ends_in_time(
    port: int, certificate: Path, settings: Any, *, starttls: bool, mail: EmailMessage = MAIL
) -> None:
    """Whatever the server does, the mail is given up before its lease has run out."""
    settings.MAIL_LEASE_SECONDS = LEASE_SECONDS
    post = backend(port, certificate, starttls=starttls)
    post.appointment.begin()
    begun = time.monotonic()
    with pytest.raises((OSError, smtplib.SMTPException)):
        post.send_messages([mail])
    post.close()
    assert time.monotonic() - begun < LEASE_SECONDS


@kinds
def test_a_mail_goes_out_and_its_last_piece_waits_for_no_acknowledgement(
    certificate: Path, *, starttls: bool
) -> None:
    house = House(certificate, starttls=starttls, letter_seconds=0)
    with house.open() as port, backend(port, certificate, starttls=starttls) as post:
        assert post.send_messages([MAIL]) == 1
        client: Any = post.connection
        assert client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert len(house.kept.contents) == 1


@kinds
@paces
def test_it_ends_in_time_in_the_handshake(
    certificate: Path, settings: Any, *, starttls: bool, seconds: float
) -> None:
    house = House(certificate, starttls=starttls, letter_seconds=0)
    house.byte_seconds, house.marker = seconds, READY if starttls else b""
    with house.open() as port:
        assert_ends_in_time(port, certificate, settings, starttls=starttls)


@kinds
@paces
def test_it_ends_in_time_in_what_is_said_under_cover(
    certificate: Path, settings: Any, *, starttls: bool, seconds: float
) -> None:
    """A letter of an answer in each record: each comes in time, the answer does not."""
    house = House(certificate, starttls=starttls, letter_seconds=seconds)
    with house.open() as port:
        assert_ends_in_time(port, certificate, settings, starttls=starttls)
    assert not house.kept.contents


def test_what_the_words_before_took_is_no_more_the_handshakes(certificate: Path, settings: Any) -> None:
    """The server is ready for TLS when most of the time is over, and then says nothing."""
    house = House(certificate, starttls=True, letter_seconds=0)
    house.byte_seconds, house.marker, house.late_seconds = NEVER, READY, LEASE_SECONDS * 0.6
    with house.open() as port:
        assert_ends_in_time(port, certificate, settings, starttls=True)


@kinds
def test_it_ends_in_time_when_the_server_reads_slowly(
    certificate: Path, settings: Any, *, starttls: bool
) -> None:
    """It takes each piece of the mail in time, and the mail has many."""
    house = House(certificate, starttls=starttls, letter_seconds=0)
    house.piece_seconds = 0.1
    long = EmailMessage("Nhắc việc", "Kính gửi\n" * 1_000_000, "a@cast.example", ["b@cast.example"])
    with house.open() as port:
        assert_ends_in_time(port, certificate, settings, starttls=starttls, mail=long)
    assert not house.kept.contents
