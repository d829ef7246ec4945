"""A field for one person, by name or username, with the accounts offered as one types."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import FoldText
from accounts.models import User
from accounts.text import fold, nfc
from directives.admin.form_fields import LineWithChoices

PEOPLE_OFFERED = 300


def person_line(person: User) -> str:
    """Return how a person is offered: name and username."""
    return f"{person.full_name} ({person.username})"


class PersonField(forms.CharField):
    """The one active account that is meant by a name or username, however it is written; None when left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Họ và tên, hoặc tên đăng nhập."))
        super().__init__(max_length=300, widget=LineWithChoices({"autocomplete": "off"}), **kwargs)

    def offer(self) -> None:
        """Offer the active accounts, by name; call once, after the form's init."""
        people = User.objects.filter(is_active=True).order_by("name_key", "pk")[:PEOPLE_OFFERED]
        self.widget.known = [person_line(person) for person in people]

    def clean(self, value: Any) -> User | None:
        """Return the person. Raises ValidationError, naming some, when nobody or several are meant."""
        typed = nfc(super().clean(value), one_line=True)
        if not typed:
            return None
        username = typed.rpartition("(")[2].rstrip(")") if typed.endswith(")") else typed
        people = User.objects.filter(is_active=True)
        found = list(people.filter(username__iexact=username))
        if not found:
            found = list(people.annotate(folded=FoldText("full_name")).filter(folded=fold(typed)))
        if len(found) == 1:
            return found[0]
        if found:
            names = "; ".join(person_line(person) for person in found[:5])
            raise forms.ValidationError(_("Có nhiều người cùng tên: %(names)s.") % {"names": names})
        raise forms.ValidationError(_("Không tìm thấy tài khoản đang hoạt động này."))
