"""Files made to harm: each is refused with a sentence that says what to do, and nothing of it is stored."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from directives import archives, files
from directives.errors import Refused
from directives.models import Attachment
from tests.cast import PDF, Cast
from tests.directives.admin.asking import address, words

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
Record = Callable[[str, object], None]
Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def packed(entries: Entries) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return buffer.getvalue()


def office(*more: tuple[str, bytes], kind: str = WORD, prologue: str = "") -> bytes:
    listed = f'<Types><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    entries: Entries = [
        ("[Content_Types].xml", listed.encode()),
        ("word/document.xml", f"{prologue}<d/>".encode()),
    ]
    return packed([*entries, *more])


def of_zeros(size: int, *, declared: int | None = None) -> bytes:
    """Return a ZIP of one entry that unpacks to so many zeros, made without packing them; it may declare less."""
    piece = bytes(1024 * 1024)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = (deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)) * (
        size // len(piece)
    ) + deflate.flush()
    shown = (size if declared is None else declared) & 0xFFFFFFFF
    about = struct.pack("<5H3L2H", 20, 0, 8, 0, 0, zlib.crc32(piece[:shown]), len(body), shown, 5, 0)
    content = b"PK\x03\x04" + about + b"a.pdf" + body
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + about + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"a.pdf"
    return content + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listed), len(content), 0)


def encrypted() -> bytes:
    """zipfile cannot encrypt: the flag alone says that one needs a password."""
    content = bytearray(INNER)
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    return content.replace(old, new)


def linked() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("lien-ket.pdf")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
INNER = packed([("a.pdf", PDF)])
TOO_MUCH, INSIDE, UNSAFE = "giải nén ra quá lớn", "tệp nén bên trong", "không an toàn"
KINDS, TWO, DTD, MACRO = "không thuộc loại được nhận", "hai loại tệp", "DTD", "có macro"
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.pdf", lambda: b"", "rỗng"),
    "26 MB": ("a.pdf", lambda: PDF + bytes(26 * 1024 * 1024), "25 MB"),
    "a bomb of 10 GB": ("a.zip", lambda: of_zeros(10 * 1024**3), TOO_MUCH),
    "a bomb that declares a kilobyte": ("a.zip", lambda: of_zeros(10 * 1024**3, declared=1024), TOO_MUCH),
    "a bomb in an office file": (
        "a.docx", lambda: office(("word/media/a.png", bytes(30 * 1024 * 1024))), TOO_MUCH
    ),
    "a bomb in an office file in a ZIP": (
        "a.zip", lambda: packed([("a.docx", office(("a.png", bytes(30 * 1024 * 1024))))] ), TOO_MUCH
    ),
    "thousands of entries": (
        "a.zip", lambda: packed([(f"{n}.pdf", PDF) for n in range(archives.MOST_ENTRIES + 1)]), TOO_MUCH
    ),
    "a ZIP in a ZIP": ("a.zip", lambda: packed([("b.zip", INNER)]), INSIDE),
    "a ZIP in a ZIP under another name": ("a.zip", lambda: packed([("b.pdf", INNER)]), INSIDE),
    "an office file in an office file in a ZIP": (
        "a.zip", lambda: packed([("a.docx", packed([("b.docx", office())]))]), INSIDE
    ),
    "a program in a ZIP": ("a.zip", lambda: packed([("a.pdf", b"MZ\x90\x00")]), KINDS),
    "a page in a ZIP": ("a.zip", lambda: packed([("a.html", b"<html>")]), KINDS),
    "a password": ("a.zip", encrypted, "mật khẩu"),
    "up": ("a.zip", lambda: packed([("../../etc/cron.d/a.pdf", PDF)]), UNSAFE),
    "up, as on Windows": ("a.zip", lambda: packed([("..\\..\\a.pdf", PDF)]), UNSAFE),
    "from the root": ("a.zip", lambda: packed([("/etc/a.pdf", PDF)]), UNSAFE),
    "from a drive": ("a.zip", lambda: packed([("C:/a.pdf", PDF)]), UNSAFE),
    "a NUL in a name": ("a.zip", lambda: patched(packed([("a.exe?.pdf", PDF)]), b"exe?", b"exe\0"), UNSAFE),
    "a name read from the right": ("a.zip", lambda: packed([("a\u202efdp.exe", PDF)]), UNSAFE),
    "a link": ("a.zip", lambda: packed([(linked(), b"/etc/passwd")]), UNSAFE),
    "one name twice": ("a.zip", lambda: patched(packed([("a.pdf", PDF), ("b.pdf", PDF)]), b"b.pdf", b"a.pdf"), KINDS),
    "macros in a Word file": ("a.docx", lambda: office(("word/vbaProject.bin", b"x")), MACRO),
    "macros in an Excel file": ("a.xlsx", lambda: office(("xl/vbaProject.bin", b"x"), kind=SHEET), MACRO),
    "macros of the old kind": ("a.xlsx", lambda: office(("xl/macrosheets/1.xml", b"<a/>"), kind=SHEET), MACRO),
    "a file for macros": (
        "a.docm", lambda: office(kind="application/vnd.ms-word.document.macroEnabled.main+xml"), MACRO
    ),
    "macros under another name": (
        "a.docx", lambda: office(kind="application/vnd.ms-office.vbaProject"), MACRO
    ),
    "macros in a file in a ZIP": (
        "a.zip", lambda: packed([("a.docx", office(("word/vbaProject.bin", b"x")))]), MACRO
    ),
    "entities": ("a.docx", lambda: office(prologue=LAUGHS), DTD),
    "entities from outside": ("a.xlsx", lambda: office(kind=SHEET, prologue=OUTSIDE), DTD),
    "a DTD in UTF-16": (
        "a.docx", lambda: office(("word/a.xml", '<?xml version="1.0"?><!DOCTYPE d><d/>'.encode("utf-16"))), DTD
    ),
    "a DTD in the list of parts": (
        "a.docx", lambda: packed([("[Content_Types].xml", LAUGHS.encode() + b"<Types/>")]), DTD
    ),
    "a DTD behind a long comment": (
        "a.docx", lambda: office(prologue=f"<!--{'x' * 70_000}-->{LAUGHS}"), KINDS
    ),
    "PDF and ZIP": ("a.pdf", lambda: PDF + INNER, TWO),
    "PDF and page": ("a.pdf", lambda: b"%PDF-1.4\n<html><script>alert(1)</script>" + PDF, TWO),
    "page and PDF": ("a.pdf", lambda: b"<html>" + PDF, KINDS),
    "picture and JAR": ("a.jpg", lambda: JPG + INNER, TWO),
    "picture and program of the server": ("a.jpg", lambda: JPG + b"<?php system($_GET[0]);", TWO),
    "program with a PDF's name": ("a.pdf", lambda: b"\x7fELF\x02\x01\x01", KINDS),
    "ZIP with a PDF's name": ("a.pdf", lambda: INNER, "đổi đuôi thành .zip"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_and_nothing_is_stored(
    cast: Cast, client: Client, settings: Settings, tmp_path: Path, case: str, record_property: Record
) -> None:
    settings.MEDIA_ROOT = tmp_path
    name, make, said = HOSTILE[case]
    row = cast.assignment()
    client.force_login(cast.officer)
    sent = SimpleUploadedFile(name, make(), content_type="application/pdf")

    answer = client.post(
        address("assignment_report", row.pk),
        {"version": "1", "percent": "5", "text": "Đang làm", "uploads": [sent]},
    )

    assert answer.status_code == 200
    assert said in words(answer)
    assert not Attachment.objects.exists()
    assert not row.reports.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    record_property("assurance", ["uploads", "Files made to harm, uploaded through a form", 1, 0])


def test_ten_gigabytes_are_not_unpacked_to_know_them(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []
    take = archives._Allowance.take

    def note(self: archives._Allowance, *, entries: int = 0, size: int = 0) -> None:
        unpacked.append(size)
        take(self, entries=entries, size=size)

    monkeypatch.setattr(archives._Allowance, "take", note)
    with pytest.raises(Refused, match=TOO_MUCH):
        files.check(SimpleUploadedFile("a.zip", of_zeros(10 * 1024**3)))
    assert sum(unpacked) < archives.MOST_UNPACKED + 2 * 1024 * 1024


NAMES = (
    "../../etc/a.pdf",
    "/etc/a.pdf",
    "C:\\Windows\\a.pdf",
    "a\0.pdf",
    "a\u202efdp.pdf",
    "." * 300 + ".pdf",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_leads_anywhere(
    cast: Cast, client: Client, settings: Settings, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row = cast.assignment()
    client.force_login(cast.officer)
    sent = SimpleUploadedFile("a.pdf", PDF)
    # Past what Django would tidy up on this side.
    sent._name = name  # type: ignore[attr-defined]

    answer = client.post(
        address("assignment_report", row.pk),
        {"version": "1", "percent": "5", "text": "Đang làm", "uploads": [sent]},
    )

    assert answer.status_code in (200, 302)
    for kept in Attachment.objects.all():
        assert not set(kept.name) & set("/\\\0\r\n\u202e")
        assert len(kept.name) <= 255
        path = Path(kept.file.path)
        assert path.is_relative_to(tmp_path)
        assert path.name.isalnum()


def test_what_a_mac_packs_is_accepted() -> None:
    fork = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"
    content = packed([("a.pdf", PDF), ("__MACOSX/._a.pdf", fork), ("b/", b"")])
    assert files.check(SimpleUploadedFile("a.zip", content)) == archives.ZIP


def test_office_files_in_a_zip_are_accepted() -> None:
    content = packed([("ket-qua/a.docx", office()), ("ket-qua/b.xlsx", office(kind=SHEET)), ("c.jpg", JPG)])
    assert files.check(SimpleUploadedFile("a.zip", content)) == archives.ZIP
