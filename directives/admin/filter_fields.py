"""The fields of the list's filters as they are shown: an empty one looks alike to everybody and is drawn once."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.admin import ModelAdmin
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from directives.admin.list_filters import FilterForm


def filter_fields(form: FilterForm) -> list[tuple[BoundField, SafeString]]:
    """Return each visible field of a form with its label and widget."""
    language = get_language()
    return [
        (field, _markup(field) if field.data else _empty(field.name, language))
        for field in form.visible_fields()
    ]


def hidden_fields(form: FilterForm) -> SafeString:
    """Return what narrows the list without a field of its own."""
    language = get_language()
    shown = (_markup(field) if field.data else _empty(field.name, language) for field in form.hidden_fields())
    return SafeString("".join(shown))


@cache
def _empty(name: str, language: str | None) -> SafeString:
    """`language` tells apart what the process keeps."""
    return _markup(FilterForm({})[name])


def _markup(field: BoundField) -> SafeString:
    if field.is_hidden:
        return field.as_widget()
    return format_html('<label for="{}">{}</label>\n{}', field.id_for_label, field.label, field.as_widget())


@cache
def list_media(screen: ModelAdmin[Any]) -> SafeString:
    """Return the scripts and styles of the list's own widgets and its screen, the same for everybody."""
    return SafeString(str(screen.media + FilterForm().media))
