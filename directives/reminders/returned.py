"""What a mail in the mailbox of bounces says: pure reading of bytes that anybody may have written.

A mail system's report is believed about what went wrong, never about whom it concerns: that is for who matches it
(`bounces`) to find in the signed return address or in the Message-ID of the mail that came back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import Header
from email.message import Message as Mime
from enum import StrEnum

from directives.reminders.status import status_in

# As much of a text as is looked at, and of an answer as is kept.
TEXT_LENGTH = 200_000
ANSWER_LENGTH = 2_000
HEADER_LENGTH = 10_000
MOST_PARTS = 200
MOST_IDS = 50


class Says(StrEnum):
    """What a mail says of another."""

    FAILED = "failed"
    DELAYED = "delayed"
    AUTO_REPLY = "auto_reply"
    OTHER = "other"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Notice:
    """A mail as it was read: `recipients` it was sent to, `message_ids` it names besides its own, both as written;
    `status` ("5.1.1", may be empty) and `answer` of the server, word for word on one line."""

    says: Says
    recipients: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    status: str = ""
    answer: str = ""

    @property
    def is_soft(self) -> bool:
        """Whether the trouble is of the moment, whatever became of the mail."""
        return self.status.startswith("4")


_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
_MESSAGE_ID = re.compile(r"<[^<>@\s]{1,150}@[^<>@\s]{1,100}>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()]{1,100}@[^\s<>,;:\"()]{1,100}")
_MAIL_SYSTEMS = re.compile(
    r"\A(mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|microsoftexchange[0-9a-f]*)\Z", re.IGNORECASE
)
_ANSWERING_MACHINE = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-MS-Exchange-Inbox-Rules-Loop")
_AWAY = re.compile(
    r"out of (the )?office|automatic reply|auto(matic)?[- ]?reply|autoreply|vacation|trả lời tự động|vắng mặt",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])|(?<!\d)55[0-4][ -]"
    r"|permanent(ly)? (fatal )?(error|fail)|undeliver(able|ed)|could ?n[o']t be delivered|delivery has failed"
    r"|wasn't able to deliver|unable to deliver|user unknown|no such (user|mailbox)|i've given up|returned to sender",
    re.IGNORECASE,
)
_STILL_TRYING = re.compile(
    r"will (be retried|keep trying|continue to (try|be)|retry)|still trying|not yet (been )?delivered"
    r"|you do not need to resend|delivery (is|has been) delayed|message delayed|delayed mail",
    re.IGNORECASE,
)
_ANSWER_LINE = re.compile(r"(?<!\d)5\d\d[ -]|(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])")


def read(content: bytes) -> Notice:
    """Return what a mail says. Never raises for anything that bytes can hold: what cannot be read is UNREADABLE."""
    try:
        return _read(message_from_bytes(content))
    # Parts in parts in parts …: Python's parser goes down with each.
    except RecursionError:
        return Notice(Says.UNREADABLE)


def _read(mime: Mime) -> Notice:
    parts = list(_parts(mime))
    recipients = tuple(_addresses(mime, _TO))
    found = _report(parts) or _plain(mime, parts)
    if found is None or found.says is Says.OTHER:
        return Notice(Says.AUTO_REPLY if _is_automatic(mime) else Says.OTHER, recipients)
    own = {_text(mime["Message-ID"])}
    named = dict.fromkeys(name for name in _message_ids(mime, parts) if name not in own)
    return Notice(found.says, recipients, tuple(named)[:MOST_IDS], found.status, found.answer)


@dataclass(frozen=True)
class _Told:
    says: Says
    status: str
    answer: str


def _parts(mime: Mime, *, left: int = MOST_PARTS) -> Iterator[Mime]:
    """The parts of a mail, those of returned mails too; only as many as a report may have."""
    waiting = [mime]
    while waiting and left:
        left -= 1
        part = waiting.pop(0)
        yield part
        inner = part.get_payload()
        if isinstance(inner, list):
            waiting[:0] = [one for one in inner if isinstance(one, Mime)]


_ACTIONS = {"failed": Says.FAILED, "delayed": Says.DELAYED}
# Where the action is left out.
_CLASSES = {"5": Says.FAILED, "4": Says.DELAYED}
_WORST_FIRST = (Says.FAILED, Says.DELAYED, Says.OTHER)


def _report(parts: list[Mime]) -> _Told | None:
    """What a report of delivery says (RFC 3464): of its recipients the one that is worst off."""
    told = []
    for part in parts:
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        inner = part.get_payload()
        # Some systems leave the empty line out between the part about the mail and those about recipients.
        blocks = inner if isinstance(inner, list) else [message_from_bytes(_bytes(part))]
        told += [found for block in blocks if isinstance(block, Mime) and (found := _of_recipient(block))]
    # The text beside it says the same in a loose way: where the report tells, that is not asked.
    return min(told, key=lambda one: (_WORST_FIRST.index(one.says), one.status[:1] != "5"), default=None)


def _of_recipient(block: Mime) -> _Told | None:
    action = _text(block["Action"]).split(";")[0].strip().lower()
    diagnostic = _text(block["Diagnostic-Code"])
    answer = diagnostic.partition(";")[2].strip() if ";" in diagnostic else diagnostic
    status = status_in(_text(block["Status"])) or status_in(answer)
    if not action and not status:
        # The part about the mail as a whole.
        return None
    says = _ACTIONS.get(action, Says.OTHER) if action else _CLASSES.get(status[:1], Says.OTHER)
    return _Told(says, status, (answer or _text(block["Status"]))[:ANSWER_LENGTH])


def _plain(mime: Mime, parts: list[Mime]) -> _Told | None:
    """What a mail system says in its own words (qmail, Exim, old Exchange): believed only when one wrote it."""
    if not _is_of_mail_system(mime) or _is_away(mime):
        return None
    text = _text(mime["Subject"]) + "\n" + _first_text(parts)
    failed = _text(mime["X-Failed-Recipients"])
    if not failed and _STILL_TRYING.search(text) and not _ANSWER_LINE.search(text):
        return _Told(Says.DELAYED, status_in(text), _line_with(_STILL_TRYING, text))
    if failed or _GIVEN_UP.search(text):
        answer = _line_with(_ANSWER_LINE, text) or _line_with(_GIVEN_UP, text)
        return _Told(Says.FAILED, status_in(answer), answer)
    return None


def _is_of_mail_system(mime: Mime) -> bool:
    if mime["X-Failed-Recipients"] or mime.get_content_type() == "multipart/report":
        return True
    return any(
        _MAIL_SYSTEMS.match(address.partition("@")[0]) for address in _addresses(mime, ("From", "Sender"))
    )


def _is_away(mime: Mime) -> bool:
    return any(mime[name] for name in _ANSWERING_MACHINE) or bool(_AWAY.search(_text(mime["Subject"])))


def _is_automatic(mime: Mime) -> bool:
    """Whether a machine wrote it (RFC 3834)."""
    marked = _text(mime["Auto-Submitted"]).lower()
    busy = _text(mime["Precedence"]).lower() in ("auto_reply", "bulk", "junk")
    return _is_away(mime) or busy or (bool(marked) and not marked.startswith("no"))


def _first_text(parts: Iterable[Mime]) -> str:
    """The words of the report itself, not those of the mail that came back."""
    part = next((part for part in parts if part.get_content_maintype() == "text"), None)
    return _decoded(part) if part is not None else ""


def _message_ids(mime: Mime, parts: Iterable[Mime]) -> Iterator[str]:
    """Message-IDs of the mail that came back: in its headers, else anywhere in what is told of it."""
    for part in parts:
        if part is not mime:
            yield from _MESSAGE_ID.findall(_text(part["Message-ID"]))
    for part in parts:
        if not part.is_multipart():
            yield from _MESSAGE_ID.findall(_decoded(part))
    for name in ("In-Reply-To", "References"):
        yield from _MESSAGE_ID.findall(_text(mime[name]))


def _addresses(mime: Mime, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for value in mime.get_all(name, []):
            # Not email.utils: a thousand brackets take it to the end of the stack.
            yield from _ADDRESS.findall(_text(value))


def _line_with(what: re.Pattern[str], text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return next((line[:ANSWER_LENGTH] for line in lines if what.search(line)), "")


def _bytes(part: Mime) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _decoded(part: Mime) -> str:
    return _clean(_bytes(part)[:TEXT_LENGTH].decode("utf-8", "replace"))


def _text(value: str | Header | None) -> str:
    """A header on one line, whatever bytes it held."""
    return " ".join(_clean(str(value)[:HEADER_LENGTH]).split()) if value is not None else ""


def _clean(text: str) -> str:
    """Text that a database takes: no stray surrogates, no control characters but the ends of lines."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() or letter in "\n\t\r" else " " for letter in whole)
