"""The mailbox that mails return to, as BOUNCE_URL names it: a maildir, or a folder on an IMAP server.

What was dealt with is marked as seen; what a person had better look at is flagged and stays unseen; neither is given
out again, and nothing is ever deleted.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

# A report brings the mail back that it is about, and ours are below 100 KB.
LARGEST_BYTES = 1_000_000
TIMEOUT_SECONDS = 20
IMAP_PORT, IMAPS_PORT = 143, 993
# Those on this machine may do without encryption.
THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


class InboxError(Exception):
    """The mailbox could not be opened or read: what the system said, for the operator."""


@dataclass(frozen=True)
class Mail:
    """A mail nobody has looked at, by its key in the mailbox; `content` is None when it is too large to be read."""

    key: str
    content: bytes | None


class Inbox(Protocol):
    """A mailbox while it is open. Its methods raise InboxError."""

    def unread(self, *, most: int) -> Iterator[Mail]:
        """Yield up to so many mails, the oldest first, each read when its turn comes."""

    def done(self, mail: Mail) -> None:
        """Mark a mail as dealt with."""

    def set_aside(self, mail: Mail) -> None:
        """Flag a mail for a person to look at."""


@contextmanager
def inbox(url: str) -> Iterator[Inbox]:
    """The mailbox of an address as `faults` describes it, for the length of the block. Raises InboxError."""
    if wrong := faults(url):
        raise InboxError(wrong[0])
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        yield Maildir(Path(unquote(parts.path)))
        return
    found = ImapFolder(parts)
    try:
        yield found
    finally:
        found.close()


def faults(url: str) -> list[str]:
    """Return what is wrong with an address, in English sentences; nothing when it is `maildir:///path`,
    `imaps://user:password@host[:port]/FOLDER`, or the same with `imap://` on this machine. It is not opened."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        # What Python says may hold a part of the password.
        return ["it cannot be read; special characters of user and password are written as %XX"]
    if parts.scheme == "maildir":
        return (
            []
            if parts.path.startswith("/") and not parts.netloc
            else ["a maildir is given as maildir:///path"]
        )
    if parts.scheme not in ("imap", "imaps"):
        return ["it begins neither with maildir:// nor with imaps://"]
    found = []
    if not parts.hostname:
        found.append("it names no server")
    elif parts.scheme == "imap" and parts.hostname not in THIS_MACHINE:
        found.append("imap:// would send the password unencrypted; use imaps://")
    if not (parts.username and parts.password):
        found.append("it names no user or no password")
    return found


class Maildir:
    """Mails as files: those in `new`, and those that a mail program has moved to `cur` without marking them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not all((path / name).is_dir() for name in ("new", "cur")):
            raise InboxError(f"{path} is no maildir: new and cur are missing, or may not be read")

    def unread(self, *, most: int) -> Iterator[Mail]:
        """As `Inbox` says; what others take away meanwhile is left out."""
        waiting = [
            path
            for name in ("new", "cur")
            for path in _files(self.path / name)
            if not _marks(path) & set("SFT")
        ]
        for path in sorted(waiting, key=lambda path: path.name)[:most]:
            try:
                with path.open("rb") as file:
                    content = file.read(LARGEST_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise InboxError(f"{path}: {error.strerror}") from error
            yield Mail(str(path), content if len(content) <= LARGEST_BYTES else None)

    def done(self, mail: Mail) -> None:
        self._mark(mail, "S")

    def set_aside(self, mail: Mail) -> None:
        self._mark(mail, "F")

    def _mark(self, mail: Mail, mark: str) -> None:
        path = Path(mail.key)
        marks = "".join(sorted({*_marks(path), mark}))
        try:
            path.rename(self.path / "cur" / f"{path.name.partition(':')[0]}:2,{marks}")
        except FileNotFoundError:
            # Another process has read it at the same time.
            return
        except OSError as error:
            raise InboxError(f"{path}: {error.strerror}") from error


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    except OSError as error:
        raise InboxError(f"{folder}: {error.strerror}") from error


def _marks(path: Path) -> set[str]:
    return set(path.name.rpartition(":2,")[2]) if ":2," in path.name else set()


class ImapFolder:
    """A folder on an IMAP server, by the ids that stay (UID)."""

    def __init__(self, parts: SplitResult) -> None:
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        with _told():
            self.server = _connect(parts)
        try:
            with _told():
                self.server.login(_quoted(unquote(parts.username or "")), unquote(parts.password or ""))
                _demand(self.server.select(_quoted(folder)))
        except InboxError:
            self.close()
            raise

    def close(self) -> None:
        """End the session, whatever became of the connection."""
        try:
            self.server.logout()
        except (imaplib.IMAP4.error, OSError):
            self.server.shutdown()

    def unread(self, *, most: int) -> Iterator[Mail]:
        """As `Inbox` says; the size is asked for before the mail."""
        with _told():
            (found, *_more) = _demand(self.server.uid("SEARCH", "UNSEEN UNFLAGGED UNDELETED"))
        for key in (found or b"").split()[:most]:
            uid = key.decode("ascii", "replace")
            with _told():
                size = re.search(
                    rb"RFC822\.SIZE (\d+)", _joined(_demand(self.server.uid("FETCH", uid, "(RFC822.SIZE)")))
                )
                if size is None:
                    # Somebody has taken it away.
                    continue
                content = self._content(uid) if int(size[1]) <= LARGEST_BYTES else None
            yield Mail(uid, content)

    def _content(self, uid: str) -> bytes:
        answer = _demand(self.server.uid("FETCH", uid, "(BODY.PEEK[])"))
        return next((part[1] for part in answer if isinstance(part, tuple)), b"")

    def done(self, mail: Mail) -> None:
        with _told():
            _demand(self.server.uid("STORE", mail.key, "+FLAGS", r"(\Seen)"))

    def set_aside(self, mail: Mail) -> None:
        with _told():
            _demand(self.server.uid("STORE", mail.key, "+FLAGS", r"(\Flagged)"))


def _connect(parts: SplitResult) -> imaplib.IMAP4:
    host = parts.hostname or ""
    if parts.scheme == "imap":
        return imaplib.IMAP4(host, parts.port or IMAP_PORT, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4_SSL(
        host,
        parts.port or IMAPS_PORT,
        ssl_context=ssl.create_default_context(),
        timeout=TIMEOUT_SECONDS,
    )


@contextmanager
def _told() -> Iterator[None]:
    """What the server or the network says becomes an InboxError; ValueError: names that IMAP cannot carry."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise InboxError(f"{type(error).__name__}: {error}") from error


def _demand(answer: tuple[str, list[Any]]) -> list[Any]:
    kind, data = answer
    if kind != "OK":
        raise InboxError(_joined(data).decode("utf-8", "replace") or kind)
    return data


def _joined(data: list[Any]) -> bytes:
    return b" ".join(part if isinstance(part, bytes) else part[0] for part in data if part)


def _quoted(words: str) -> str:
    # imaplib quotes the password only.
    return '"{}"'.format(words.replace("\\", "\\\\").replace('"', '\\"'))
