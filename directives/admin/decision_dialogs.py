"""What the secretariat decides about an assignment: one row a dialog."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from directives import services
from directives.admin.decision_forms import (
    AnsweringUnitForm,
    ConfirmForm,
    CorrectDueForm,
    ReopenForm,
    ResumeForm,
    TransferForm,
)
from directives.admin.dialog import Dialog, verb_dialog
from directives.admin.extensions import DecideExtensionForm
from directives.admin.verb_forms import ReasonForm
from directives.lifecycle import NOT_LIVE, TRANSITIONS, Verb
from directives.models.directive import Part


def _decide(*, assignment: Any, **given: Any) -> Any:
    return services.decide_extension(**given)


DECISIONS = (
    verb_dialog(
        Verb.CONFIRM,
        ConfirmForm,
        services.confirm,
        _("Đã xác nhận hoàn thành."),
    ),
    verb_dialog(
        Verb.SEND_BACK,
        ReasonForm,
        services.send_back,
        _("Đã yêu cầu đơn vị bổ sung, hoàn thiện."),
    ),
    Dialog(
        slug="decide-extension",
        title=_("Quyết định gia hạn"),
        form=DecideExtensionForm,
        service=_decide,
        theirs=lambda seen: seen.secretariat,
        possible=lambda seen: seen.open_request is not None,
        done=_("Đã ghi quyết định về đề nghị gia hạn."),
        hint=_("Ghi quyết định của lãnh đạo đã giao nhiệm vụ."),
        button=_("Ghi quyết định"),
    ),
    verb_dialog(Verb.REISSUE, ReasonForm, services.reissue, _("Đã giao lại cho đơn vị.")),
    verb_dialog(
        Verb.RESUME,
        ResumeForm,
        services.resume,
        _("Nhiệm vụ được tiếp tục."),
        title=_("Tiếp tục thực hiện"),
    ),
    verb_dialog(
        Verb.TRANSFER,
        TransferForm,
        services.transfer,
        _("Đã chuyển nhiệm vụ cho đơn vị khác."),
        hint=_("Phân công này đóng lại với trạng thái “Đã chuyển”; đơn vị mới nhận một phân công liên kết."),
        grave=True,
    ),
    Dialog(
        slug="answering-unit",
        title=_("Chọn đơn vị trả lời"),
        form=AnsweringUnitForm,
        service=services.choose_answering_unit,
        theirs=lambda seen: seen.secretariat,
        possible=lambda seen: len(seen.successors) > 1 and seen.assignment.status not in NOT_LIVE,
        done=_("Đã ghi đơn vị trả lời."),
        hint=_("Đơn vị được giao đã tách cho nhiều đơn vị; hãy chọn đơn vị chịu trách nhiệm trả lời."),
        button=_("Lưu"),
    ),
    Dialog(
        slug="correct-due",
        title=_("Đính chính thời hạn"),
        form=CorrectDueForm,
        service=services.correct_due_date,
        theirs=lambda seen: seen.secretariat,
        possible=lambda seen: seen.assignment.status not in NOT_LIVE,
        done=_("Đã đính chính thời hạn."),
        hint=_("Dùng khi gõ nhầm thời hạn của văn bản; nếu đơn vị xin thêm thời gian, hãy dùng gia hạn."),
    ),
    verb_dialog(
        Verb.SUSPEND,
        ReasonForm,
        services.suspend,
        _("Đã tạm dừng nhiệm vụ."),
        hint=_("Khi tạm dừng, đơn vị không bị nhắc và nhiệm vụ không nằm trong các ô số liệu."),
        grave=True,
    ),
    verb_dialog(
        Verb.REVOKE,
        ReasonForm,
        services.revoke,
        _("Đã thu hồi phân công."),
        possible=lambda seen: (
            seen.assignment.status in TRANSITIONS[Verb.REVOKE].sources and seen.assignment.part != Part.LEAD
        ),
        hint=_("Đơn vị không còn phải thực hiện nhiệm vụ này."),
        grave=True,
    ),
    verb_dialog(Verb.REOPEN, ReopenForm, services.reopen, _("Đã mở lại nhiệm vụ.")),
)
