"""Files: what is accepted, judged by content; names; removal."""

from __future__ import annotations

import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from directives import archives, files, services
from directives.errors import NotAllowed, Refused
from directives.models import Attachment
from tests.cast import PDF, Cast, at, pdf

# What Word, LibreOffice and others declare of the main part; its name differs between them.
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
WORD_WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


def upload(name: str, content: bytes, content_type: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=content_type)


def archive(**parts: str) -> bytes:
    """Return a ZIP with the parts; "__" in a name stands for "/"."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def office(kind: str, part: str = "word/document.xml", **more: str) -> bytes:
    """Return what an office program saves, in short."""
    listed = f'<Types><Override PartName="/{part}" ContentType="{kind}"/></Types>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", listed)
        made.writestr(part, "<document/>")
        for name, text in more.items():
            made.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


def workbook() -> bytes:
    """Return a workbook as openpyxl saves it."""
    buffer = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "Số liệu"
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "content_type"),
    [
        ("a.pdf", lambda: PDF, archives.PDF),
        ("A.PDF", lambda: b"\xef\xbb\xbf\r\n" + PDF, archives.PDF),
        ("a.docx", lambda: office(WORD), archives.DOCX),
        ("of-office-365.docx", lambda: office(WORD, "word/document2.xml"), archives.DOCX),
        ("a.xlsx", workbook, archives.XLSX),
        ("a.png", lambda: PNG, "image/png"),
        ("a.jpg", lambda: JPG, "image/jpeg"),
        ("a.jpeg", lambda: JPG, "image/jpeg"),
        ("a.zip", lambda: archive(ban__a=PDF.decode()), archives.ZIP),
    ],
)
def test_what_people_send_is_accepted(name: str, make: Callable[[], bytes], content_type: str) -> None:
    sent = upload(name, make())

    assert files.check(sent) == content_type
    assert sent.tell() == 0, "what is stored afterwards is the whole file"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"", "rỗng"),
        ("a.pdf", b"<html><script>", "lưu thành DOCX hoặc PDF"),
        ("a.pdf", b"<html>%PDF-1.4", "lưu thành DOCX hoặc PDF"),
        ("a.html", PDF, "đổi đuôi thành .pdf"),
        ("a.pdf.exe", PDF, "đổi đuôi thành .pdf"),
        ("a", PDF, "đổi đuôi thành .pdf"),
        ("a.exe", b"MZ\x90\x00", "lưu thành DOCX hoặc PDF"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "lưu thành DOCX hoặc PDF"),
        ("a.gif", b"GIF89a\x01\x00\x01\x00", "lưu thành DOCX hoặc PDF"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "lưu thành DOCX hoặc PDF"),
        ("a.docx", archive(a=PDF.decode()), "đổi đuôi thành .zip"),
        ("a.zip", office(WORD), "đổi đuôi thành .docx"),
        ("a.docm", office(WORD_WITH_MACROS), "có macro"),
        ("a.pptx", office(POWERPOINT, "ppt/presentation.xml"), "lưu thành DOCX hoặc PDF"),
        ("a.zip", b"PK\x03\x04 cut off", "lưu thành DOCX hoặc PDF"),
        ("a.jpg", PNG, "đổi đuôi thành .png"),
    ],
)
def test_odd_files_are_refused_with_what_to_do(name: str, content: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        files.check(upload(name, content), field="uploads")
    assert said in str(refused.value)
    assert refused.value.field == "uploads"


def test_macros_are_refused_under_any_name() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("[Content_Types].xml", f'<Override ContentType="{WORD}"/>')
        made.writestr("word/VBAProject.bin", "x")
    with pytest.raises(Refused, match="có macro"):
        files.check(upload("a.docx", buffer.getvalue()))


def test_a_file_over_25_mb_is_refused_with_advice(settings: object) -> None:
    settings.UPLOAD_MAX_BYTES = len(PDF)  # type: ignore[attr-defined]

    assert files.check(upload("a.pdf", PDF)) == archives.PDF
    with pytest.raises(Refused, match="quét lại ở 200 dpi"):
        files.check(upload("a.pdf", PDF + b" "))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_damaged_archives_are_refused_or_accepted_but_never_fail(data: st.DataObject) -> None:
    content = bytearray(office(WORD))
    for _number in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(4, len(content)))
    with suppress(Refused):
        files.check(upload("a.docx", bytes(content[:cut])))


def test_names_are_kept_in_one_form_and_bytes_under_another_name(cast: Cast) -> None:
    decomposed = unicodedata.normalize("NFD", "Báo cáo quý  III.pdf")
    report = services.report(
        assignment=cast.assignment(),
        by=cast.officer,
        at=at(2),
        percent=1,
        text="a",
        uploads=[pdf(decomposed)],
    )

    file = report.files.get()

    assert file.name == "Báo cáo quý III.pdf"
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (file.size, file.content_type, file.uploaded_by) == (len(PDF), archives.PDF, cast.officer)
    stored = str(file.file.name)
    assert stored.startswith("attachments/")
    assert "bao" not in stored.lower()
    assert "." not in stored
    with file.file.open("rb") as content:
        assert content.read() == PDF


def test_when_one_of_several_is_refused_nothing_stays(cast: Cast) -> None:
    row = cast.assignment()
    storage = Attachment._meta.get_field("file").storage
    before = _stored(storage)

    with pytest.raises(Refused):
        services.report(
            assignment=row,
            by=cast.officer,
            at=at(2),
            percent=1,
            text="a",
            uploads=[pdf("tot.pdf"), upload("xau.pdf", b"no")],
        )

    assert not Attachment.objects.exists()
    assert not row.reports.exists()
    assert _stored(storage) == before


def _stored(storage: object) -> set[str]:
    root = Path(storage.base_location)  # type: ignore[attr-defined]
    return {str(path) for path in root.rglob("*") if path.is_file()}


def test_only_who_may_remove_a_file_does_and_only_once(cast: Cast) -> None:
    report = services.report(
        assignment=cast.assignment(), by=cast.officer, at=at(2), percent=1, text="a", uploads=[pdf()]
    )
    file = report.files.get()

    for person in (cast.head, cast.danang_officer, cast.chair, cast.auditor, cast.administrator):
        with pytest.raises(NotAllowed):
            files.remove(attachment=file, by=person, at=at(3), reason="Nhầm")
    with pytest.raises(Refused, match="Hãy ghi lý do"):
        files.remove(attachment=file, by=cast.officer, at=at(3), reason=" ")
    removed = files.remove(attachment=file, by=cast.officer, at=at(3), reason="Nhầm tệp")

    assert (removed.removed_by, removed.removal_reason, removed.sha256) == (
        cast.officer,
        "Nhầm tệp",
        file.sha256,
    )
    assert removed.history.latest().history_change_reason == "Nhầm tệp"
    with pytest.raises(Refused, match="đã được gỡ trước đó"):
        files.remove(attachment=file, by=cast.secretary, at=at(4), reason="Lần nữa")


def test_a_units_file_stays_once_its_result_is_submitted(cast: Cast) -> None:
    row = cast.assignment()
    result = services.submit(assignment=row, by=cast.head, at=at(2), text="Xong", uploads=[pdf()])

    with pytest.raises(NotAllowed):
        files.remove(attachment=result.files.get(), by=cast.head, at=at(3), reason="Đổi ý")
    files.remove(attachment=result.files.get(), by=cast.second_secretary, at=at(3), reason="Văn bản mật")
