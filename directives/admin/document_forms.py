"""Forms about documents: entering one, relating it to another."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from directives.admin.form_fields import LineWithChoices, SeveralFilesField
from directives.document_number import normalise_number
from directives.models import Document, DocumentRelation
from directives.rights import Rights
from directives.search import search
from steering.models import Committee

KNOWN_ISSUERS = 200
# All that may be kept of a secret document in a networked application (DOMAIN §3).
STUB = "Hồ sơ mật, quản lý ngoài hệ thống"


class DocumentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A document as it is typed from paper; `committees` are those the person works for."""

    reason = forms.CharField(
        label=_("Lý do sửa"),
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Văn bản đã ban hành: ghi vào lịch sử thay đổi."),
    )
    uploads = SeveralFilesField()
    secrecy = forms.ChoiceField(
        label=_("Độ mật"),
        required=False,
        choices=[
            ("", _("Không")),
            ("secret", _("Mật")),
            ("highly", _("Tối mật")),
            ("top", _("Tuyệt mật")),
        ],
        widget=UnfoldAdminSelectWidget(),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Document
        fields = ["committee", "kind", "number", "issued_on", "issuer", "signer", "subject", "urgency"]
        widgets = {
            "committee": UnfoldAdminSelectWidget(),
            "kind": UnfoldAdminSelectWidget(),
            "number": UnfoldAdminTextInputWidget({"autocomplete": "off"}),
            "issued_on": UnfoldAdminDateWidget({"placeholder": "dd/mm/yyyy"}),
            "issuer": LineWithChoices({"autocomplete": "off"}),
            "signer": UnfoldAdminTextInputWidget({"autocomplete": "off"}),
            "subject": UnfoldAdminTextareaWidget({"rows": 3}),
            "urgency": UnfoldAdminSelectWidget(),
        }

    def __init__(self, *args: Any, committees: QuerySet[Committee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("Chọn loại văn bản")), *Document.Kind.choices]  # type: ignore[attr-defined]
        self.fields["number"].help_text = _(
            "Ví dụ: 157-NQ/BCSĐ. Để trống với cuộc họp, hội nghị, ý kiến chỉ đạo trực tiếp, bút phê."
        )
        self.fields["issued_on"].label = _("Ngày ban hành (ngày họp)")
        issuer: Any = self.fields["issuer"].widget
        issuer.known = _known_issuers(committees)
        several = len(committees) > 1
        if self.instance.pk or not several:
            del self.fields["committee"]
        else:
            self.fields["committee"].queryset = committees  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["version"] = self.instance.version
        else:
            if not several:
                self.instance.committee = committees[0]
            del self.fields["version"]
        if not self.instance.pk or self.instance.state == Document.State.DRAFT:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Refuse secret matter: its text and files must not enter, at most a stub without a subject."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("secrecy") and (data.get("subject") != STUB or data.get("uploads")):
            self.add_error(
                "secrecy",
                _(
                    "Văn bản mật không được đưa vào hệ thống này. Hãy bỏ tệp và trích yếu; nếu cần theo dõi, "
                    "chỉ ghi trích yếu là “%(stub)s”."
                )
                % {"stub": STUB},
            )
        return data

    def clean_number(self) -> str:
        """Say at once, with what else is wrong, when the number cannot be read."""
        number: str = self.cleaned_data["number"]
        if number:
            try:
                normalise_number(number)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from error
        return number


def _known_issuers(committees: QuerySet[Committee]) -> list[str]:
    rows = Document.objects.filter(committee__in=committees).order_by("issuer")
    return list(rows.values_list("issuer", flat=True).distinct()[:KNOWN_ISSUERS])


class RelationForm(forms.Form):
    """How a document bears on another: the other is found by its number, or by words of it."""

    kind = forms.ChoiceField(
        label=_("Văn bản này"), choices=DocumentRelation.Kind.choices, widget=UnfoldAdminSelectWidget()
    )
    other = forms.CharField(
        label=_("Văn bản liên quan"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
        help_text=_("Số, ký hiệu hoặc vài từ trong trích yếu."),
        error_messages={"required": _("Hãy nhập số, ký hiệu hoặc trích yếu của văn bản liên quan.")},
    )

    def __init__(self, *args: Any, documents: QuerySet[Document], held: Rights, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.documents, self.held = documents, held
        self.found: list[Document] = []

    def clean_other(self) -> Document:
        """Return the one document meant; several leave a choice in `found`."""
        typed = self.cleaned_data["other"]
        self.found = list(documents_like(typed, self.documents, held=self.held)[:20])
        if len(self.found) == 1:
            return self.found[0]
        if not self.found:
            raise forms.ValidationError(_("Không tìm thấy văn bản nào như vậy."))
        raise forms.ValidationError(_("Có nhiều văn bản như vậy; hãy chọn một văn bản dưới đây."))


def documents_like(typed: str, documents: QuerySet[Document], *, held: Rights) -> QuerySet[Document]:
    """Return the documents that a person means by `#id`, a number in any spelling, or words in any order."""
    typed = typed.strip()
    if typed.startswith("#") and typed[1:].isdecimal():
        return documents.filter(pk=int(typed[1:]))
    return search(documents, typed, held=held).order_by("-issued_on", "-pk")
