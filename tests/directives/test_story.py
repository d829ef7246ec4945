"""The main path, as the people of it live it."""

from datetime import date

from directives import services
from directives.lifecycle import Status
from directives.models import Assignment
from directives.timeliness import Timeliness, timeliness
from tests.cast import Cast, at, pdf


def test_a_joint_directive_from_draft_to_confirmation(cast: Cast) -> None:
    directive = cast.issued(lead=cast.hanoi, units=[cast.danang, cast.office])
    lead = directive.assignments.get(part="lead")

    services.accept(assignment=lead, by=cast.officer, at=at(2))
    services.report(
        assignment=lead, by=cast.officer, at=at(5), percent=60, text="Đã dự thảo", uploads=[pdf()]
    )
    services.submit(assignment=lead, by=cast.head, at=at(20), text="Đã ban hành", uploads=[pdf()])
    services.send_back(assignment=lead, by=cast.secretary, at=at(21), reason="Thiếu dấu")
    services.submit(assignment=lead, by=cast.head, at=at(22), text="Đã bổ sung", uploads=[pdf()])
    services.confirm(assignment=lead, by=cast.secretary, at=at(26))

    lead.refresh_from_db()
    assert (lead.status, lead.completed_on) == (Status.COMPLETED, date(2023, 6, 22))
    assert timeliness(lead, on=date(2023, 7, 10)) == Timeliness.DONE_ON_TIME
    others = Assignment.objects.filter(directive=directive, part="coordinating")
    assert {row.status for row in others} == {Status.ENDED}
    story = [
        (row.status, row.history_user.username, row.history_change_reason)
        for row in lead.history.order_by("version")
    ]
    assert story == [
        ("assigned", "thuky", "Giao"),
        ("in_progress", "syt.hanoi", "Tiếp nhận"),
        ("in_progress", "syt.hanoi", "Báo cáo tiến độ"),
        ("submitted", "gd.syt.hanoi", "Báo cáo hoàn thành"),
        ("in_progress", "thuky", "Thiếu dấu"),
        ("submitted", "gd.syt.hanoi", "Báo cáo hoàn thành"),
        ("completed", "thuky", "Xác nhận hoàn thành"),
    ]
