"""An SMTP server as a process, which fails as its script says: `python -m tests.chaos.post FOLDER`.

FOLDER/script.json is read whenever it matters, so that a test may change it meanwhile. FOLDER/journal gets a line for
each mail before it is answered: whatever is killed, what was accepted stays known.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.chaos.parent import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = "250 OK"
NEVER = 3600.0
# Where a conversation may stand still: before the server's answer to each.
PHASES = ("banner", "ehlo", "mail", "rcpt", "data", "end")


@dataclass(frozen=True)
class Script:
    """What the server does wrong. Numbers count from 1; 0 means never.

    `refuse_every`, `defer_every`: each n-th new address is refused for good, or the first time it is written to.
    `hang_in`: the phase in which the server falls silent, once, at its `hang_at`-th time. `drop_every`: each n-th new
    mail is taken and the connection cut instead of an answer. `close_after`: so many mails a connection, then 421.
    `byte_seconds`: how long each byte of an answer takes, `slow_at_end`: only of that to the content of a mail.
    `mail_seconds`: how long a mail takes to be accepted.
    `hold_at`: the n-th content waits until FOLDER/gate exists.
    """

    refuse_every: int = 0
    defer_every: int = 0
    hang_in: str = ""
    hang_at: int = 1
    drop_every: int = 0
    close_after: int = 0
    byte_seconds: float = 0.0
    slow_at_end: bool = False
    mail_seconds: float = 0.0
    hold_at: int = 0


class Line(NamedTuple):
    """A line of the journal: `accepted`, `unanswered` (accepted, but the sender was never told), `refused` for good,
    `deferred`, `hung`, `held`."""

    event: str
    to: str = ""
    message_id: str = ""


class Office:
    """The server's side of all conversations, and their counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = os.open(folder / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.reached: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.deferred: set[str] = set()
        self.seen: list[str] = []
        self.contents = 0

    @property
    def script(self) -> Script:
        return Script(**json.loads((self.folder / "script.json").read_text()))

    def note(self, event: str, to: str = "", message_id: str = "") -> None:
        os.write(self.journal, json.dumps(Line(event, to, message_id)).encode() + b"\n")

    def is_to_hang(self, phase: str) -> bool:
        self.reached[phase] += 1
        script = self.script
        return script.hang_in == phase and self.reached[phase] == script.hang_at

    async def reach(self, phase: str) -> None:
        if self.is_to_hang(phase):
            self.note("hung")
            await asyncio.sleep(NEVER)

    # What aiosmtpd calls

    async def handle_EHLO(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        await self.reach("ehlo")
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.reach("mail")
        assert isinstance(server, Conversation)
        server.mails += 1
        if self.script.close_after and server.mails > self.script.close_after:
            return "421 4.7.0 too many mails in one connection"
        envelope.mail_from = address
        return ACCEPTED

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self.reach("rcpt")
        script = self.script
        if address not in self.addresses:
            self.addresses.append(address)
        number = self.addresses.index(address) + 1
        if script.refuse_every and number % script.refuse_every == 0:
            self.note("refused", address)
            return "550 5.1.1 no such mailbox"
        if script.defer_every and number % script.defer_every == 1 and address not in self.deferred:
            self.deferred.add(address)
            self.note("deferred", address)
            return "451 4.7.1 greylisted, try again"
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.SMTP.clone(raise_on_defect=True))
        line = (envelope.rcpt_tos[0], str(mail["Message-ID"]))
        self.contents += 1
        script = self.script
        if script.mail_seconds:
            await asyncio.sleep(script.mail_seconds)
        if self.contents == script.hold_at:
            self.note("held", *line)
            while not (self.folder / "gate").exists():
                await asyncio.sleep(0.02)
        is_new = line[1] not in self.seen
        if is_new:
            self.seen.append(line[1])
        self.note("accepted", *line)
        if self.is_to_hang("end"):
            self.note("unanswered", *line)
            self.note("hung")
            await asyncio.sleep(NEVER)
        if script.drop_every and is_new and len(self.seen) % script.drop_every == 0:
            self.note("unanswered", *line)
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        else:
            assert isinstance(server, Conversation)
            server.untold = line
        return ACCEPTED


class Conversation(SMTP):
    """One connection, whose answers may be late or slow."""

    mails = 0
    is_greeted = False
    # The mail that was taken and whose sender is being told so.
    untold: tuple[str, str] | None = None

    async def push(self, status: str | bytes) -> None:
        """Give an answer; aiosmtpd has no other place for those before a mail's content."""
        office = self.event_handler
        assert isinstance(office, Office)
        try:
            await self._say(office, status.encode("ascii") if isinstance(status, str) else status)
        except (asyncio.CancelledError, ConnectionError):
            if self.untold:
                office.note("unanswered", *self.untold)
            raise
        self.untold = None

    async def _say(self, office: Office, answer: bytes) -> None:
        if not self.is_greeted:
            self.is_greeted = True
            await office.reach("banner")
        elif answer.startswith(b"354"):
            await office.reach("data")
        rest = answer
        script = office.script
        if (seconds := script.byte_seconds) and (self.untold or not script.slow_at_end):
            for letter in answer:
                self._writer.write(bytes([letter]))
                await self._writer.drain()
                await asyncio.sleep(seconds)
            rest = b""
        is_last = answer.startswith(b"421")
        await super().push(rest)
        if is_last:
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.close()


class Post:
    """The server's process, seen from a test."""

    def __init__(self, folder: Path, script: Script | None = None) -> None:
        self.folder = folder
        folder.mkdir()
        self.follow(script or Script())
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.post", str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def follow(self, script: Script) -> Self:
        """From now on do this wrong."""
        new = self.folder / "script.new"
        new.write_text(json.dumps(asdict(script)))
        new.replace(self.folder / "script.json")
        return self

    def open_gate(self) -> None:
        """Let go of the mail that is held."""
        (self.folder / "gate").touch()

    def journal(self, event: str = "accepted") -> list[Line]:
        """What happened so far, in order."""
        text = (self.folder / "journal").read_text()
        # The last line may be half written.
        lines = [Line(*json.loads(line)) for line in text.split("\n")[:-1]]
        return [line for line in lines if line.event == event]

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


async def _serve(folder: Path) -> None:
    office, loop = Office(folder), asyncio.get_running_loop()

    def conversation() -> Any:
        return Conversation(office, loop=loop, enable_SMTPUTF8=False)

    server = await loop.create_server(conversation, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    die_with_parent()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    asyncio.run(_serve(Path(sys.argv[1])))
