"""Fields that several forms of the case share, in the theme's clothes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)


class LineWithChoices(UnfoldAdminTextInputWidget):
    """A line to type in, with known values offered (a `datalist`)."""

    template_name = "admin/directives/widgets/line_with_choices.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.known: list[str] = []

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        list_id = f"{(attrs or {}).get('id', name)}_known"
        context = super().get_context(name, value, {**(attrs or {}), "list": list_id})
        context["widget"] |= {"known": self.known, "list_id": list_id}
        return context


class SeveralFilesInput(forms.ClearableFileInput):
    """The browser's file field; with a script, in the words and the clothes of the page."""

    allow_multiple_selected = True
    template_name = "admin/directives/widgets/files.html"

    class Media:
        js = ["directives/files.js"]


class SeveralFilesField(forms.FileField):
    """Any number of files; their content is checked when they are stored (`directives.files`)."""

    def __init__(self, **kwargs: Any) -> None:
        accept = ".pdf,.docx,.xlsx,.jpg,.jpeg,.png,.zip"
        kwargs.setdefault("label", _("Tệp đính kèm"))
        kwargs.setdefault("required", False)
        kwargs.setdefault(
            "help_text", _("PDF, DOCX, XLSX, JPG, PNG, ZIP; mỗi tệp đến 25 MB; chọn được nhiều tệp.")
        )
        super().__init__(widget=SeveralFilesInput({"accept": accept}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:  # type: ignore[type-arg]
        """Return the uploads, an empty list for none. An empty file is left to `directives.files` to explain."""
        uploads = data if isinstance(data, list | tuple) else [data]
        found = [upload for upload in uploads if upload]
        if self.required and not found:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return found


class ReasonForm(forms.Form):
    """A dialog that asks for a reason and nothing else."""

    reason = forms.CharField(
        label=_("Lý do"),
        widget=UnfoldAdminTextareaWidget({"rows": 3, "autofocus": True}),
        help_text=_("Ghi vào lịch sử thay đổi."),
        error_messages={"required": _("Hãy ghi lý do.")},
    )


class ConfirmForm(forms.Form):
    """A dialog that asks for nothing but the decision."""


class SeenForm(ConfirmForm):
    """A decision on what the person has before them: the version seen goes along."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


# Read alike in every language of the screens: month and day are never guessed (DOMAIN §5).
DAY_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%Y-%m-%d"]


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    """Return a field for a day, typed as dd/mm/yyyy or picked."""
    kwargs.setdefault("required", False)
    kwargs.setdefault("input_formats", DAY_FORMATS)
    invalid = _("Ngày không đúng; hãy nhập theo dạng dd/mm/yyyy, ví dụ 30/06/2023.")
    kwargs["error_messages"] = {"invalid": invalid} | kwargs.get("error_messages", {})
    widget = UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}, format="%d/%m/%Y")
    return forms.DateField(label=label, widget=widget, **kwargs)
