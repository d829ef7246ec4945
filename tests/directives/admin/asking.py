"""Short ways to ask the screens of the case."""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

# The test client's: a page with what its template was given.
Response = Any


def address(name: str, *args: Any) -> str:
    """Return the address of a screen of the case: `address("document_change", 5)`."""
    return reverse(f"admin:directives_{name}", args=args)


def words(response: Response) -> str:
    """Return a page as text, entities resolved and white space joined."""
    return " ".join(unescape(response.content.decode()).split())


def errors(response: Response) -> dict[str, list[str]]:
    """Return the errors of the form that was shown again, by field."""
    form = response.context["form"]
    return {field: [str(error) for error in found] for field, found in form.errors.items()}


def filled(response: Response, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send for the form that a page shows, with some fields changed."""
    form = response.context["form"]
    data: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if value is None or value is False or field.widget_type == "severalfiles":
            continue
        data[field.html_name] = field.field.widget.format_value(value) if _is_text(value, field) else value
    return {name: value for name, value in (data | changes).items() if value is not None}


def _is_text(value: Any, field: Any) -> bool:
    return (
        not isinstance(value, list | bool)
        and hasattr(field.field.widget, "format_value")
        and not field.field.widget.is_hidden
    )


def queries(client: Client, url: str) -> int:
    """Return how many queries a page takes, after a first look at it; the page must open."""
    # The first request of a session notes when it was seen.
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, response.status_code
    return len(captured)


def statuses(client: Client, urls: Iterable[str]) -> dict[str, int]:
    """Return the status of each address, asked for as a page."""
    return {url: client.get(url).status_code for url in urls}
