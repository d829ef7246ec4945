"""What a ZIP, and so a DOCX or XLSX, really holds: unpacked to its end, within limits, before anybody opens it.

1. The list: few enough entries, no password, no odd packing, names that stay inside the folder they are unpacked to.
2. Each entry is unpacked, whatever size it declares, until all together pass the limit.
3. An office file is looked into: no macros, no DTD (entities), one main part. A ZIP holds only kinds that are accepted
   by themselves, and no ZIP in a ZIP.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final
from xml.parsers import expat

import filetype  # type: ignore[import-untyped]
from django.utils.translation import gettext as _

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP: Final = "application/zip"

MOST_ENTRIES: Final = 5_000
MOST_UNPACKED: Final = 250 * 1024 * 1024
# Text packs to a tenth, empty tables to a hundredth; deflate's own end is a thousandth.
HIGHEST_RATIO: Final = 200
RATIO_MATTERS_FROM: Final = 10 * 1024 * 1024

_HEAD: Final = 1024
_PIECE: Final = 256 * 1024
_IN_MEMORY: Final = 4 * 1024 * 1024
_PROLOGUE: Final = 64 * 1024
_LONGEST_LIST_OF_PARTS: Final = 1024 * 1024
_ENCRYPTED: Final = 0x1
_LIST_OF_PARTS: Final = "[Content_Types].xml"
# What Word and Excel declare of their main part; its own name differs between programs and versions.
_MAIN_PARTS: Final = {"wordprocessingml.document.main+xml": DOCX, "spreadsheetml.sheet.main+xml": XLSX}
_MACRO_TYPES: Final = ("macroenabled", "vbaproject", "activex", "macrosheet")
_MACRO_NAMES: Final = ("vbaproject.bin", "vbadata.xml", "/activex/", "/macrosheets/")
# What a Mac adds to each ZIP: resource forks and the look of a folder.
_OF_A_MAC: Final = (b"\x00\x05\x16\x07", b"\x00\x00\x00\x01Bud1")


class Unacceptable(Exception):  # noqa: N818 - it says of a file what Refused says of a change
    """`sentence` says in the person's language what is wrong and what to do, with %(name)s for the file's name."""

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class BrokenArchive(Exception):  # noqa: N818
    """Damaged, cut off, or packed in a way that nobody's office program uses."""


@dataclass
class _Allowance:
    """What may still be unpacked, of all layers together."""

    entries: int = MOST_ENTRIES
    size: int = MOST_UNPACKED

    def take(self, *, entries: int = 0, size: int = 0) -> None:
        self.entries -= entries
        self.size -= size
        if self.entries < 0 or self.size < 0:
            raise Unacceptable(
                _(
                    "Tệp nén “%(name)s” giải nén ra quá lớn (tối đa %(size)s MB, %(count)s tệp); "
                    "hãy tách thành nhiều tệp."
                ),
                size=MOST_UNPACKED // 1024 // 1024,
                count=MOST_ENTRIES,
            )


def is_archive(file: IO[bytes]) -> bool:
    """Return whether a program that looks for a ZIP (or JAR) finds one at the end of the file; rewinds it."""
    file.seek(0)
    try:
        return zipfile.is_zipfile(file)
    finally:
        file.seek(0)


def kind_of_archive(file: IO[bytes]) -> str:
    """Return DOCX, XLSX, ZIP or "" (another office program's) of a file that begins as a ZIP; rewinds it.

    Raises Unacceptable for what must not be taken, BrokenArchive for what cannot be read.
    """
    try:
        return _look_into(file, _Allowance(), depth=0)
    finally:
        file.seek(0)


def _look_into(file: IO[bytes], allowance: _Allowance, *, depth: int) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise BrokenArchive from error
    allowance.take(entries=len(entries))
    for entry in entries:
        _demand_safe(entry)
    names = {entry.filename for entry in entries}
    if len(names) != len(entries):
        raise BrokenArchive
    office = _LIST_OF_PARTS in names
    if office and any(mark in f"/{name.lower()}" for name in names for mark in _MACRO_NAMES):
        raise _macros()
    kind = ZIP
    for entry in entries:
        if entry.is_dir():
            continue
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as content:
            _unpack(file, entry, allowance, into=content)
            content.seek(0)
            if not office:
                _demand_accepted(entry, content, allowance, depth=depth)
            elif entry.filename == _LIST_OF_PARTS:
                kind = _main_part(content.read(_LONGEST_LIST_OF_PARTS))
            elif entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                _demand_no_dtd(content.read(_PROLOGUE))
    return kind


def _demand_safe(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise Unacceptable(
            _("Tệp “%(name)s” có mật khẩu nên không kiểm tra được; hãy bỏ mật khẩu rồi tải lại.")
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BrokenArchive
    # zipfile itself cuts a name at a NUL.
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    hidden = any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in name)
    linked = stat.S_ISLNK(entry.external_attr >> 16)
    if hidden or linked or ".." in parts or parts[0] == "" or parts[0][1:2] == ":":
        raise Unacceptable(
            _(
                "Tệp nén “%(name)s” có đường dẫn hoặc ký tự không an toàn trong tên tệp bên trong; "
                "hãy nén lại từ các tệp gốc."
            )
        )


def _unpack(file: IO[bytes], entry: zipfile.ZipInfo, allowance: _Allowance, *, into: IO[bytes]) -> None:
    """Unpack an entry to its end: the size that the list declares is only compared when it is reached.

    `into` gets all of an archive, and of anything else as much as is looked at.
    """
    size, checksum, whole = 0, 0, False
    for piece in _pieces(file, entry):
        if size == 0:
            whole = piece.startswith(b"PK\x03\x04")
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        allowance.take(size=len(piece))
        if size > RATIO_MATTERS_FROM and size > HIGHEST_RATIO * max(entry.compress_size, 1):
            allowance.take(size=MOST_UNPACKED + 1)
        if whole or into.tell() < _LONGEST_LIST_OF_PARTS:
            into.write(piece)
    if size != entry.file_size or checksum != entry.CRC:
        raise BrokenArchive


def _pieces(file: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the unpacked bytes of an entry in pieces of at most a megabyte."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise BrokenArchive
    file.seek(sum(struct.unpack("<HH", header[26:30])), 1)
    packed = entry.compress_size
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while packed > 0 or (inflate is not None and inflate.unconsumed_tail):
        piece = inflate.unconsumed_tail if inflate is not None else b""
        if not piece:
            piece = file.read(min(_PIECE, packed))
            packed -= len(piece)
            if not piece:
                raise BrokenArchive
        yield piece if inflate is None else _inflated(inflate, piece)
        if inflate is not None and inflate.eof and (packed or inflate.unused_data):
            raise BrokenArchive


def _inflated(inflate: zlib._Decompress, piece: bytes) -> bytes:
    try:
        return inflate.decompress(piece, 4 * _PIECE)
    except zlib.error as error:
        raise BrokenArchive from error


def _demand_accepted(
    entry: zipfile.ZipInfo, content: IO[bytes], allowance: _Allowance, *, depth: int
) -> None:
    """What lies in a ZIP is of the kinds that are accepted one by one: a ZIP is no way round the list."""
    head = content.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        if depth == 0 and _look_into(content, allowance, depth=1) in (DOCX, XLSX):
            return
        raise Unacceptable(
            _("Tệp nén “%(name)s” có tệp nén bên trong (“%(entry)s”); hãy nén trực tiếp các tệp."),
            entry=entry.filename,
        )
    if is_pdf(head) or head.startswith(_OF_A_MAC):
        return
    kind = filetype.image_match(head)
    if kind is None or kind.mime not in ("image/jpeg", "image/png"):
        raise Unacceptable(
            _(
                "Tệp nén “%(name)s” chứa “%(entry)s” không thuộc loại được nhận (PDF, DOCX, XLSX, JPG, PNG); "
                "hãy bỏ tệp đó ra rồi nén lại."
            ),
            entry=entry.filename,
        )


def is_pdf(head: bytes) -> bool:
    """Return whether a file begins as a PDF. Scanners put a byte order mark or an empty line first."""
    return head.lstrip(b"\xef\xbb\xbf\0\r\n\t ").startswith(b"%PDF-")


def _main_part(listed: bytes) -> str:
    """Return the kind that the list of parts declares; raises Unacceptable when it declares macros."""
    types: list[str] = []

    def note(tag: str, attributes: dict[str, str]) -> None:
        types.append(attributes.get("ContentType", ""))

    _parse(listed, note, final=True)
    if any(mark in declared.lower() for declared in types for mark in _MACRO_TYPES):
        raise _macros()
    found = {kind for declared in types for mark, kind in _MAIN_PARTS.items() if declared.endswith(mark)}
    return found.pop() if len(found) == 1 else ""


def _demand_no_dtd(prologue: bytes) -> None:
    """Raise Unacceptable when a part declares a DTD, which stands before its first element."""

    class Begun(Exception):  # noqa: N818
        pass

    def begin(tag: str, attributes: dict[str, str]) -> None:
        raise Begun

    if not prologue.strip():
        return
    try:
        _parse(prologue, begin, final=False)
    except Begun:
        return
    raise BrokenArchive


def _parse(text: bytes, element: Callable[[str, dict[str, str]], None], *, final: bool) -> None:
    parser = expat.ParserCreate()

    def refuse(*declared: object) -> None:
        raise Unacceptable(
            _("Tệp “%(name)s” có khai báo DTD hoặc thực thể XML; hãy mở bằng Word hoặc Excel và lưu lại.")
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = element
    try:
        parser.Parse(text, final)
    except expat.ExpatError as error:
        raise BrokenArchive from error


def _macros() -> Unacceptable:
    return Unacceptable(
        _("Tệp “%(name)s” có macro; hãy lưu thành DOCX hoặc XLSX không có macro rồi tải lại.")
    )
