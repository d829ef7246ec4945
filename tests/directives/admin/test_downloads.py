"""Files are given only to those who see what they belong to, as files, and each giving is logged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.audit.models import AccessLog
from directives import services
from directives.models import Assignment, Attachment, Document
from directives.services import LetterData
from tests.cast import PDF, Cast, at, pdf
from tests.directives.admin.asking import address, errors, words


@pytest.fixture(autouse=True)
def _on_the_tenth_of_june() -> Iterator[None]:
    with time_machine.travel(at(10), tick=False):
        yield


def reported(cast: Cast, name: str = "bao-cao.pdf") -> tuple[Assignment, Attachment]:
    row = cast.assignment()
    report = services.report(
        assignment=row, by=cast.officer, at=at(5), percent=10, text="Đang làm", uploads=[pdf(name)]
    )
    return row, report.files.get()


def taken(client: Client, file: Attachment) -> int:
    """Ask for a file; return the status."""
    response = client.get(address("attachment_download", file.pk))
    if response.streaming:
        # To the end, which closes the file.
        assert b"".join(response) == PDF
    return response.status_code


def test_a_file_comes_as_a_file_and_the_log_tells_who_took_it(cast: Cast, client: Client) -> None:
    _row, file = reported(cast, "Báo cáo “Đỗ Xuân”.pdf")
    client.force_login(cast.secretary)

    response = client.get(address("attachment_download", file.pk))

    assert b"".join(response) == PDF
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Length"] == str(len(PDF))
    assert response.headers["Content-Disposition"] == (
        f"attachment; filename=\"bao-cao-do-xuan.pdf\"; filename*=UTF-8''{quote('Báo cáo “Đỗ Xuân”.pdf')}"
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))
    line = AccessLog.objects.get(kind=AccessLog.Kind.DOWNLOAD)
    assert (line.actor, line.address) == (cast.secretary, "127.0.0.1")
    assert line.what == f"Báo cáo “Đỗ Xuân”.pdf (tệp {file.pk}, SHA-256 {file.sha256})"


def test_looking_at_the_headers_only_is_not_logged_and_posting_is_refused(cast: Cast, client: Client) -> None:
    _row, file = reported(cast)
    client.force_login(cast.secretary)

    response = client.head(address("attachment_download", file.pk))
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/pdf"
    assert client.post(address("attachment_download", file.pk)).status_code == 405
    assert not AccessLog.objects.filter(kind=AccessLog.Kind.DOWNLOAD).exists()


def _files(cast: Cast) -> dict[str, Attachment]:
    """One file of each kind, of a joint directive led by Hà Nội with Đà Nẵng coordinating."""
    lead = cast.issued(lead=cast.hanoi, units=[cast.danang]).assignments.get(part="lead")
    document = Document.objects.get()
    services.save_document(
        document=document, by=cast.secretary, at=at(2), reason="Thêm tệp", uploads=[pdf("van-ban.pdf")]
    )
    services.report(assignment=lead, by=cast.officer, at=at(3), percent=1, text="a", uploads=[pdf("bc.pdf")])
    letter = LetterData("1/SYT", date(2023, 6, 2), "", [pdf("thu.pdf")])
    services.report(assignment=lead, by=cast.secretary, at=at(4), percent=2, text="b", letter=letter)
    services.ask_extension(
        assignment=lead,
        by=cast.officer,
        at=at(5),
        due_on=date(2023, 7, 9),
        reason="c",
        uploads=[pdf("gh.pdf")],
    )
    return {file.name: file for file in Attachment.objects.all()}


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("secretary", {"van-ban.pdf", "bc.pdf", "thu.pdf", "gh.pdf"}),
        ("auditor", {"van-ban.pdf", "bc.pdf", "thu.pdf", "gh.pdf"}),
        ("officer", {"van-ban.pdf", "bc.pdf", "thu.pdf", "gh.pdf"}),
        ("member", {"van-ban.pdf", "bc.pdf", "thu.pdf", "gh.pdf"}),
        ("danang_officer", {"van-ban.pdf", "bc.pdf", "thu.pdf"}),
        ("hospital_officer", set()),
        ("other_member", set()),
        ("stranger", set()),
    ],
)
def test_who_may_take_which_file(cast: Cast, client: Client, person: str, seen: set[str]) -> None:
    client.force_login(cast.people[person])

    found = {name: taken(client, file) for name, file in _files(cast).items()}

    assert found == {name: 200 if name in seen else 404 for name in found}


def test_nobody_takes_a_file_without_signing_in(cast: Cast, client: Client) -> None:
    _row, file = reported(cast)

    assert client.get(address("attachment_download", file.pk)).status_code == 302
    client.force_login(cast.secretary)
    assert client.get(address("attachment_download", 999_999)).status_code == 404


def test_a_wrong_upload_is_removed_with_a_reason_and_then_gone(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row, file = reported(cast, "nham.pdf")
    storage, path = file.file.storage, str(file.file.name)
    client.force_login(cast.secretary)
    assert address("attachment_remove", file.pk) in words(client.get(address("assignment_change", row.pk)))

    shown = client.get(address("attachment_remove", file.pk))
    assert "nham.pdf" in words(shown)
    assert errors(client.post(address("attachment_remove", file.pk), {"reason": " "})) == {
        "reason": ["Hãy ghi lý do."]
    }
    assert storage.exists(path)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("attachment_remove", file.pk), {"reason": "Tải nhầm văn bản mật"})
    assert response["Location"] == address("assignment_change", row.pk)

    assert not storage.exists(path)
    gone = client.get(address("attachment_download", file.pk))
    assert gone.status_code == 410
    assert "Lý do: Tải nhầm văn bản mật" in words(gone)
    assert file.sha256 in words(gone)
    assert "đã gỡ ngày 10/06/2023" in words(client.get(address("assignment_change", row.pk)))
    again = client.get(address("attachment_remove", file.pk), follow=True)
    assert "đã được gỡ trước đó" in words(again)


def test_a_unit_removes_its_own_upload_while_the_work_is_with_it(cast: Cast, client: Client) -> None:
    row, file = reported(cast)
    for person, status in (
        ("officer", 200),
        ("head", 403),
        ("chair", 403),
        ("auditor", 403),
        ("danang_head", 404),
    ):
        client.force_login(cast.people[person])
        assert client.get(address("attachment_remove", file.pk)).status_code == status, person
        link = address("attachment_remove", file.pk)
        if status != 404:
            page = words(client.get(address("assignment_change", row.pk)))
            assert (link in page) == (status == 200), person
    services.submit(assignment=row, by=cast.head, at=at(6), text="Xong", uploads=[pdf()])
    client.force_login(cast.officer)
    assert client.post(address("attachment_remove", file.pk), {"reason": "x"}).status_code == 403
    file.refresh_from_db()
    assert file.removed_at is None


def test_a_documents_file_is_removed_on_the_documents_page(cast: Cast, client: Client) -> None:
    cast.assignment()
    services.save_document(
        document=Document.objects.get(), by=cast.secretary, at=at(2), reason="Thêm", uploads=[pdf()]
    )
    client.force_login(cast.secretary)

    assert client.get(address("attachment_remove", Attachment.objects.get().pk)).status_code == 404


def test_bytes_that_are_missing_are_not_found_instead_of_failing(cast: Cast, client: Client) -> None:
    _row, file = reported(cast)
    file.file.storage.delete(str(file.file.name))
    client.force_login(cast.secretary)

    assert client.get(address("attachment_download", file.pk)).status_code == 404
