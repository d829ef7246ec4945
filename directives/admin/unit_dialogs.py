"""What a unit does with its assignment, itself or through the secretariat from its letter: one row a dialog."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from directives import services
from directives.admin.dialog import Dialog, verb_dialog
from directives.admin.extensions import ExtendForm
from directives.admin.seen import Seen
from directives.admin.verb_forms import (
    OptionalReasonForm,
    PlainForm,
    ReasonForm,
    ReportForm,
    ResultForm,
    SubmitForm,
    from_letter,
)
from directives.lifecycle import TRANSITIONS, Verb
from directives.services.extensions import ASKABLE


def _reportable(seen: Seen) -> bool:
    return seen.assignment.status in TRANSITIONS[Verb.REPORT].sources


def _may_extend(seen: Seen) -> bool:
    row = seen.assignment
    return row.status in ASKABLE and row.due_on is not None and seen.open_request is None


UNIT_DIALOGS = (
    verb_dialog(
        Verb.ACCEPT,
        PlainForm,
        services.accept,
        _("Đã tiếp nhận nhiệm vụ."),
        hint=_("Đơn vị nhận nhiệm vụ và bắt đầu thực hiện."),
    ),
    verb_dialog(
        Verb.REPORT,
        ReportForm,
        services.report,
        _("Đã ghi báo cáo tiến độ."),
        button=_("Gửi báo cáo"),
    ),
    Dialog(
        slug="present",
        title=_("Trình thủ trưởng"),
        form=ResultForm,
        service=services.present_to_head,
        theirs=lambda seen: seen.reports and not seen.submits,
        possible=lambda seen: _reportable(seen) and seen.assignment.with_head_since is None,
        done=_("Đã trình thủ trưởng. Thủ trưởng sẽ gửi báo cáo hoàn thành hoặc trả lại."),
        hint=_("Kết quả được chuyển cho thủ trưởng đơn vị xem, gửi báo cáo hoàn thành hoặc trả lại."),
    ),
    verb_dialog(
        Verb.SUBMIT,
        SubmitForm,
        services.submit,
        _("Đã gửi báo cáo hoàn thành. Tổ thư ký sẽ xem xét, xác nhận."),
        hint=_("Cần tệp kết quả hoặc số văn bản kết quả."),
        button=_("Gửi báo cáo hoàn thành"),
    ),
    Dialog(
        slug="give_back",
        title=_("Trả lại chuyên viên"),
        form=ReasonForm,
        service=services.give_back,
        theirs=lambda seen: seen.submits,
        possible=lambda seen: _reportable(seen) and seen.assignment.with_head_since is not None,
        done=_("Đã trả lại báo cáo cho chuyên viên."),
    ),
    verb_dialog(
        Verb.WITHDRAW,
        OptionalReasonForm,
        services.withdraw,
        _("Đã rút báo cáo hoàn thành."),
        hint=_("Báo cáo vẫn được lưu trong Quá trình xử lý; nhiệm vụ trở lại “Đang thực hiện”."),
    ),
    Dialog(
        slug="extend",
        title=_("Đề nghị gia hạn"),
        form=ExtendForm,
        service=services.ask_extension,
        theirs=lambda seen: seen.reports,
        possible=_may_extend,
        done=_("Đã gửi đề nghị gia hạn. Thời hạn hiện tại vẫn áp dụng đến khi có quyết định."),
        hint=_("Thời hạn hiện tại vẫn áp dụng đến khi có quyết định."),
        button=_("Gửi đề nghị"),
    ),
    verb_dialog(
        Verb.DECLINE,
        ReasonForm,
        services.decline,
        _("Đã trả lại nhiệm vụ cho Tổ thư ký."),
        title=_("Trả lại nhiệm vụ"),
        hint=_("Đơn vị trả lại khi nhiệm vụ không thuộc chức năng, nhiệm vụ của mình."),
        grave=True,
    ),
)


def _recorded(dialog: Dialog) -> Dialog:
    """The same verb, recorded for the unit by the secretariat (Ghi nhận theo văn bản)."""
    return replace(
        dialog,
        form=from_letter(dialog.form),
        theirs=lambda seen: seen.secretariat,
        by_letter=True,
        hint=_("Ghi nhận thay đơn vị theo văn bản đơn vị đã gửi; báo cáo là của đơn vị."),
        button=_("Ghi nhận"),
        done=_("Đã ghi nhận theo văn bản của đơn vị."),
    )


RECORDABLE = ("accept", "report", "submit", "decline", "extend")
LETTER_DIALOGS = tuple(_recorded(dialog) for dialog in UNIT_DIALOGS if dialog.slug in RECORDABLE)
