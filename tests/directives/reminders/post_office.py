"""A real SMTP server for tests: it keeps what it accepts, refuses as it is told, and can hold each mail."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthenticatorType, Envelope, Session

PATIENCE_SECONDS = 60
# Each command of each client, otherwise.
logging.getLogger("mail.log").setLevel(logging.WARNING)
ACCEPTED = "250 OK"


def _accept(address: str) -> str:
    return ACCEPTED


class PostOffice:
    """Listens on a free port of 127.0.0.1 while it is open.

    `answer_recipient` and `answer_data` map an address to the server's reply; `hangs_up` says of an address whether
    the connection is cut in the middle of its mail. With an `authenticator` it knows the command AUTH. `holds` says of
    the n-th mail (from 1) whose content is complete whether it waits until `gate` is open; `held` is released for each
    that does.
    """

    def __init__(self) -> None:
        self.answer_recipient: Callable[[str], str] = _accept
        self.answer_data: Callable[[str], str] = _accept
        self.hangs_up: Callable[[str], bool] = lambda address: False
        self.authenticator: AuthenticatorType | None = None
        self.accepted: list[bytes] = []
        self.senders: list[str] = []
        self.seen: list[bytes] = []
        self.connections = 0
        self.gate = threading.Event()
        self.holds: Callable[[int], bool] = lambda number: False
        self.held = threading.Semaphore(0)
        self._protocols: list[SMTP] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def open(self) -> Self:
        """Start listening; returns itself once a client can connect."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_SECONDS)
        return self

    def close(self) -> None:
        """Stop listening, whatever clients are doing."""
        if not self._thread.is_alive():
            return
        self.gate.set()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_SECONDS)

    @property
    def url(self) -> str:
        """The address, as EMAIL_URL takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was accepted, parsed as strictly as Python can."""
        return [parsed(content) for content in self.accepted]

    @property
    def addresses(self) -> list[str]:
        """To whom each accepted mail went, in order."""
        return [str(mail["To"].addresses[0].addr_spec) for mail in self.mails]

    @property
    def seen_ids(self) -> list[str]:
        """The Message-IDs of all that came in, accepted or not."""
        return [str(parsed(content)["Message-ID"]) for content in self.seen]

    # What aiosmtpd calls

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.answer_recipient(address)
        if reply == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.seen.append(content)
        if self.holds(len(self.seen)):
            self.held.release()
            await asyncio.get_running_loop().run_in_executor(None, self.gate.wait, PATIENCE_SECONDS)
        if self.hangs_up(envelope.rcpt_tos[0]):
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        reply = self.answer_data(envelope.rcpt_tos[0])
        if reply == ACCEPTED:
            self.accepted.append(content)
            self.senders.append(envelope.mail_from or "")
        return reply

    def _serve(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(self._protocol, "127.0.0.1", 0)
        self.port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for protocol in self._protocols:
            if isinstance(protocol.transport, asyncio.WriteTransport):
                protocol.transport.abort()
        await server.wait_closed()
        # The closing itself is two turns of the loop away; an open socket would be warned of in some later test.
        for _turn in range(3):
            await asyncio.sleep(0)

    def _protocol(self) -> Any:
        protocol = SMTP(
            self,
            enable_SMTPUTF8=False,
            loop=self._loop,
            authenticator=self.authenticator,
            auth_require_tls=False,
        )
        self._protocols.append(protocol)
        return protocol


def parsed(content: bytes) -> EmailMessage:
    """Return a mail, read as strictly as Python can: any defect is an error."""
    return message_from_bytes(content, policy=policy.SMTP.clone(raise_on_defect=True))
