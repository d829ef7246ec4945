"""Send a page of the admin back as it was shown, with some fields changed, as a person would."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.test import Client


def _values(form: BaseForm) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        shown = bound.field.widget.format_value(value) if not isinstance(value, bool) else value
        if isinstance(value, bool):
            values |= {bound.html_name: "on"} if value else {}
        elif isinstance(value, list):
            values[bound.html_name] = value
        elif value is not None:
            values[bound.html_name] = shown[0] if isinstance(shown, list) else shown
    return values


def fill(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """Return what the browser would send from the form at that address with these fields changed."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    values = _values(page.context["adminform"].form)
    for inline in page.context["inline_admin_formsets"]:
        values |= _values(inline.formset.management_form)
        for form in inline.formset.forms:
            values |= _values(form)
    values |= changes
    return {name: value for name, value in values.items() if value is not None}


def send(client: Client, address: str, **changes: Any) -> Any:
    """Fill in the form at that address and send it; returns the answer, a redirect when it was accepted."""
    return client.post(address, fill(client, address, **changes))


def errors(response: Any) -> str:
    """Return what the page says is wrong."""
    context = response.context
    found = [str(context["adminform"].form.errors)]
    for inline in context["inline_admin_formsets"]:
        found += [str(inline.formset.non_form_errors()), *(str(error) for error in inline.formset.errors)]
    return " ".join(found)
