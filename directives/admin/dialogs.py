"""The dialogs on an assignment: one row a verb, with its form, its service, whose it is and when it is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from directives import access, services
from directives.admin.decision_forms import (
    AnsweringUnitForm,
    ConfirmForm,
    CorrectDueForm,
    NoteForm,
    PeopleForm,
    ReopenForm,
    ResumeForm,
    TransferForm,
)
from directives.admin.extensions import DecideExtensionForm, ExtendForm
from directives.admin.seen import Seen
from directives.admin.verb_forms import (
    OptionalReasonForm,
    PlainForm,
    ReasonForm,
    ReportForm,
    ResultForm,
    SubmitForm,
    VerbForm,
    from_letter,
)
from directives.lifecycle import NOT_LIVE, TRANSITIONS, Verb
from directives.models.directive import Part
from directives.services.extensions import ASKABLE

Text = str | Promise


@dataclass(frozen=True)
class Dialog:
    """`theirs`: whose it is (else 403); `possible`: whether now is the time for it (else it says why not)."""

    slug: str
    title: Text
    form: type[VerbForm]
    service: Callable[..., Any]
    theirs: Callable[[Seen], bool]
    possible: Callable[[Seen], bool]
    done: Text
    hint: Text = ""
    button: Text = ""
    grave: bool = False
    by_letter: bool = False

    @property
    def name(self) -> str:
        """The name of its page, after `directives_assignment_`."""
        name = self.slug.replace("-", "_")
        return f"{name}_by_letter" if self.by_letter else name

    @property
    def route(self) -> str:
        """Its address below the list of assignments."""
        return f"<int:object_id>/{self.slug}/" + ("theo-van-ban/" if self.by_letter else "")

    @property
    def page_title(self) -> str:
        """What heads its page: the verb, and that it is recorded from a letter."""
        if self.by_letter:
            return _now("Ghi nhận theo văn bản: %(verb)s") % {"verb": self.title}
        return str(self.title)

    def url(self, assignment_id: int) -> str:
        """Return its address for one assignment."""
        return reverse(f"admin:directives_assignment_{self.name}", args=[assignment_id])

    def offered(self, seen: Seen) -> bool:
        """Return whether the person is shown a button for it."""
        return self.theirs(seen) and self.possible(seen)


def _verb(verb: Verb, form: type[VerbForm], service: Callable[..., Any], done: Text, **more: Any) -> Dialog:
    """A verb of the lifecycle table: whose it is and from which status, the table says."""
    transition = TRANSITIONS[verb]

    def theirs(seen: Seen) -> bool:
        return access.is_theirs(seen.user, transition.who, seen.assignment, on=seen.on)

    def possible(seen: Seen) -> bool:
        return seen.assignment.status in transition.sources

    values: dict[str, Any] = {
        "slug": verb.value,
        "title": verb.label,
        "theirs": theirs,
        "possible": possible,
    } | more
    return Dialog(form=form, service=service, done=done, **values)


def _reportable(seen: Seen) -> bool:
    return seen.assignment.status in TRANSITIONS[Verb.REPORT].sources


def _may_extend(seen: Seen) -> bool:
    row = seen.assignment
    return row.status in ASKABLE and row.due_on is not None and seen.open_request is None


def _decide(*, assignment: Any, **given: Any) -> Any:
    return services.decide_extension(**given)


UNIT_DIALOGS = (
    _verb(
        Verb.ACCEPT,
        PlainForm,
        services.accept,
        _("Đã tiếp nhận nhiệm vụ."),
        hint=_("Đơn vị nhận nhiệm vụ và bắt đầu thực hiện."),
    ),
    _verb(
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
    _verb(
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
    _verb(
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
    _verb(
        Verb.DECLINE,
        ReasonForm,
        services.decline,
        _("Đã trả lại nhiệm vụ cho Tổ thư ký."),
        title=_("Trả lại nhiệm vụ"),
        hint=_("Đơn vị trả lại khi nhiệm vụ không thuộc chức năng, nhiệm vụ của mình."),
        grave=True,
    ),
)

DECISIONS = (
    _verb(
        Verb.CONFIRM,
        ConfirmForm,
        services.confirm,
        _("Đã xác nhận hoàn thành."),
    ),
    _verb(
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
    _verb(Verb.REISSUE, ReasonForm, services.reissue, _("Đã giao lại cho đơn vị.")),
    _verb(
        Verb.RESUME,
        ResumeForm,
        services.resume,
        _("Nhiệm vụ được tiếp tục."),
        title=_("Tiếp tục thực hiện"),
    ),
    _verb(
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
    _verb(
        Verb.SUSPEND,
        ReasonForm,
        services.suspend,
        _("Đã tạm dừng nhiệm vụ."),
        hint=_("Khi tạm dừng, đơn vị không bị nhắc và nhiệm vụ không nằm trong các ô số liệu."),
        grave=True,
    ),
    _verb(
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
    _verb(Verb.REOPEN, ReopenForm, services.reopen, _("Đã mở lại nhiệm vụ.")),
)

EVERYONES = (
    Dialog(
        slug="people",
        title=_("Phân công người thực hiện"),
        form=PeopleForm,
        service=services.name_people,
        theirs=lambda seen: seen.secretariat or seen.reports,
        possible=lambda seen: seen.assignment.is_open,
        done=_("Đã ghi người thực hiện."),
        button=_("Lưu"),
    ),
    Dialog(
        slug="note",
        title=_("Ghi trao đổi"),
        form=NoteForm,
        service=services.add_note,
        theirs=lambda seen: seen.takes_part,
        possible=lambda seen: True,
        done=_("Đã ghi trao đổi."),
        hint=_("Đơn vị, Tổ thư ký và lãnh đạo Ban đều đọc được."),
        button=_("Lưu"),
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
DIALOGS: tuple[Dialog, ...] = (*UNIT_DIALOGS, *DECISIONS, *EVERYONES, *LETTER_DIALOGS)
BY_SLUG: dict[str, Dialog] = {dialog.slug: dialog for dialog in DIALOGS if not dialog.by_letter}
