"""What each of a unit's verbs asks for. Fields bear the names of the service's arguments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from directives.admin.form_fields import SeveralFilesField, day_field
from directives.admin.seen import Seen
from directives.models import ProgressReport
from directives.services import LetterData

NUMBER_LENGTH = ProgressReport._meta.get_field("result_number").max_length
SIGNER_LENGTH = ProgressReport._meta.get_field("result_signer").max_length


def prose(label: Any, *, required: str | Any = "", rows: int = 3, **kwargs: Any) -> forms.CharField:
    """Return a field for some sentences; `required` is what to say when there are none."""
    return forms.CharField(
        label=label,
        required=bool(required),
        widget=UnfoldAdminTextareaWidget({"rows": rows}),
        error_messages={"required": required} if required else None,
        **kwargs,
    )


def line(
    label: Any, *, required: str | Any = "", max_length: int | None = 255, **kwargs: Any
) -> forms.CharField:
    """Return a field for one line; `required` is what to say when it is empty."""
    return forms.CharField(
        label=label,
        required=bool(required),
        max_length=max_length,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        error_messages={"required": required} if required else None,
        **kwargs,
    )


class VerbForm(forms.Form):
    """The base: the version that the person looked at goes along, so that a stale form is refused."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, seen: Seen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.initial.setdefault("version", seen.assignment.version)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to the assignment and the person."""

    def arguments(self) -> dict[str, Any]:
        """Return the service's keyword arguments beside assignment, `by` and `at`."""
        return dict(self.cleaned_data)


class PlainForm(VerbForm):
    """Nothing to fill in."""


class ReasonForm(VerbForm):
    """A verb that needs a reason."""

    reason = prose(_("Lý do"), required=_("Hãy ghi lý do."))


class OptionalReasonForm(VerbForm):
    """A verb that may be given a reason."""

    reason = prose(_("Lý do"))


class ReportForm(VerbForm):
    """Báo cáo tiến độ."""

    percent = forms.IntegerField(
        label=_("Tiến độ (%)"),
        min_value=0,
        max_value=100,
        widget=UnfoldAdminIntegerFieldWidget({"min": 0, "max": 100, "inputmode": "numeric"}),
        error_messages={
            "required": _("Hãy nhập tiến độ, từ 0 đến 100 (%)."),
            "invalid": _("Tiến độ là một số nguyên từ 0 đến 100 (%)."),
            # Django formats these two.
            "min_value": _("Tiến độ phải từ 0 đến 100 (%%)."),
            "max_value": _("Tiến độ phải từ 0 đến 100 (%%)."),
        },
    )
    text = prose(_("Kết quả thực hiện"), required=_("Hãy ghi kết quả thực hiện."), rows=4)
    obstacles = prose(_("Khó khăn, vướng mắc"), rows=2)
    proposals = prose(_("Kiến nghị"), rows=2)
    uploads = SeveralFilesField(label=_("Minh chứng"))

    def prepare(self) -> None:
        self.initial.setdefault("percent", self.seen.assignment.progress)


class ResultForm(VerbForm):
    """Báo cáo hoàn thành, and the same result on its way to the head."""

    text = prose(_("Kết quả thực hiện"), required=_("Hãy ghi kết quả thực hiện."), rows=4)
    result_number = line(_("Số, ký hiệu văn bản kết quả"), max_length=NUMBER_LENGTH)
    result_on = day_field(_("Ngày văn bản kết quả"))
    result_signer = line(_("Người ký"), max_length=SIGNER_LENGTH)
    obstacles = prose(_("Khó khăn, vướng mắc"), rows=2)
    proposals = prose(_("Kiến nghị"), rows=2)
    uploads = SeveralFilesField(label=_("Minh chứng"))


class SubmitForm(ResultForm):
    """The head starts from what was presented; an officer must name the signed document."""

    def prepare(self) -> None:
        if not self.seen.submits and not isinstance(self, LetterForm):
            for name, message in (
                ("result_number", _("Hãy nhập số, ký hiệu của văn bản đã ký.")),
                ("result_on", _("Hãy nhập ngày của văn bản đã ký.")),
                ("result_signer", _("Hãy nhập người ký văn bản.")),
            ):
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = message
        presented = self.seen.presented
        if presented is not None:
            for name in ("text", "result_number", "result_on", "result_signer", "obstacles", "proposals"):
                self.initial.setdefault(name, getattr(presented, name))


class LetterForm(VerbForm):
    """The unit's letter from which the secretariat records something for it."""

    letter_number = line(
        _("Số, ký hiệu văn bản của đơn vị"),
        max_length=NUMBER_LENGTH,
        required=_("Hãy nhập số, ký hiệu văn bản của đơn vị."),
    )
    letter_dated_on = day_field(
        _("Ngày văn bản của đơn vị"),
        required=True,
        error_messages={"required": _("Hãy nhập ngày văn bản của đơn vị.")},
    )
    letter_signer = line(_("Người ký văn bản của đơn vị"), max_length=SIGNER_LENGTH)
    letter_files = SeveralFilesField(
        label=_("Văn bản của đơn vị"),
        required=True,
        error_messages={"required": _("Hãy đính kèm văn bản của đơn vị.")},
    )

    def arguments(self) -> dict[str, Any]:
        given = super().arguments()
        given["letter"] = LetterData(
            number=given.pop("letter_number"),
            dated_on=given.pop("letter_dated_on"),
            signer=given.pop("letter_signer"),
            uploads=given.pop("letter_files"),
        )
        return given


def from_letter(form: type[VerbForm]) -> type[VerbForm]:
    """Return the same form, asking first for the unit's letter."""
    return type(f"{form.__name__}FromLetter", (form, LetterForm), {})
