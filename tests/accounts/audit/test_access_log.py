"""The log of access only grows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.audit.log import record
from accounts.audit.models import AccessLog
from tests.cast import Cast

AT = datetime(2026, 6, 30, 17, 30, tzinfo=UTC)


def test_an_export_is_recorded_with_who_what_when_and_from_where(cast: Cast, rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="10.1.2.3")
    request.user = cast.secretary
    line = record(AccessLog.Kind.EXPORT, request=request, what="Danh sách nhiệm vụ: 12 dòng", at=AT)
    line.refresh_from_db()
    assert (line.actor, line.username, line.address) == (cast.secretary, "thuky", "10.1.2.3")
    assert (line.kind, line.what, line.at) == ("export", "Danh sách nhiệm vụ: 12 dòng", AT)
    assert line.recorded_at > AT
    assert str(line) == "Xuất dữ liệu 01/07/2026 00:30"


def test_work_outside_a_request_is_recorded_too(cast: Cast) -> None:
    line = record(AccessLog.Kind.DOWNLOAD, actor=cast.officer, what="bao-cao.pdf")
    assert (line.actor, line.address) == (cast.officer, None)


def test_a_long_username_typed_is_cut(db: None) -> None:
    assert len(record(AccessLog.Kind.SIGN_IN_FAILED, username="x" * 500).username) == 150


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_accesslog SET what = 'khác'",
        "DELETE FROM audit_accesslog",
        "TRUNCATE audit_accesslog",
        "ALTER TABLE audit_accesslog DISABLE TRIGGER ALL",
    ],
)
def test_the_run_role_can_change_or_remove_no_line(cast: Cast, statement: str) -> None:
    record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu giao nhiệm vụ")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AccessLog.objects.get().what == "Phiếu giao nhiệm vụ"


@pytest.mark.parametrize(("person", "status"), [("administrator", 200), ("auditor", 200), ("secretary", 403)])
def test_who_may_look_at_the_log(client: Client, cast: Cast, person: str, status: int) -> None:
    line = record(AccessLog.Kind.PRINT, actor=cast.officer, what="Phiếu giao nhiệm vụ")
    client.force_login(cast.people[person])
    change = reverse("admin:audit_accesslog_change", args=[line.pk])
    assert client.get(reverse("admin:audit_accesslog_changelist")).status_code == status
    assert client.get(change).status_code == status
    assert client.post(change, {"what": "khác"}).status_code == 403
    assert client.get(reverse("admin:audit_accesslog_add")).status_code == 403
