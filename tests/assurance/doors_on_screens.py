"""Doors on the screens, by those who may write most."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.assurance.attempts import Try
from tests.assurance.guarded import Target
from tests.cast import Cast


def form(target: Target, cast: Cast) -> None:
    """The admin's change form, with the column among what is sent, whether the form shows it or not."""
    for client in _at_work(cast):
        page = _page(client, target, "change", target.pk)
        if page is None:
            continue
        answer = client.post(page.url, _filled(page.response) | _typed(target))
        assert answer.status_code < 500, answer.status_code


def history_form(target: Target, cast: Cast) -> None:
    """simple-history's form of an old version (TRAPS 1)."""
    if target.written_once:
        return
    for past in target.model.history.filter(id=target.pk)[:1]:  # type: ignore[attr-defined]
        for client in _at_work(cast):
            page = _page(client, target, "simple_history", target.pk, past.pk)
            if page is not None:
                answer = client.post(page.url, _typed(target) | {"_save": "1", "_change_history": "1"})
                assert answer.status_code < 500, answer.status_code


def list_action(target: Target, cast: Cast) -> None:
    """What the list offers to do with ticked rows, and Django's own deletion."""
    model_admin = admin.site._registry.get(target.model)
    if model_admin is None:
        return
    for client in _at_work(cast):
        page = _page(client, target, "changelist")
        if page is not None:
            for action in {
                "delete_selected",
                *(getattr(one, "__name__", str(one)) for one in model_admin.actions or ()),
            }:
                sent = {"action": action, "_selected_action": [target.pk], "index": "0", "post": "yes"}
                answer = client.post(page.url, sent | _typed(target))
                assert answer.status_code < 500, answer.status_code


def list_form(target: Target, cast: Cast) -> None:
    """Django's editing of a list's rows in place."""
    for client in _at_work(cast):
        page = _page(client, target, "changelist")
        if page is not None:
            key = {
                "form-TOTAL_FORMS": "1",
                "form-INITIAL_FORMS": "1",
                "form-0-id": str(target.pk),
                "_save": "1",
            }
            answer = client.post(
                page.url, key | {f"form-0-{name}": value for name, value in _typed(target).items()}
            )
            assert answer.status_code < 500, answer.status_code


def import_form(target: Target, cast: Cast) -> None:
    """django-import-export's addresses, should they ever be there (TRAPS 3)."""
    for client in _at_work(cast):
        page = _page(client, target, "changelist")
        if page is not None:
            for name in ("import/", "process_import/"):
                assert client.post(page.url + name, _typed(target)).status_code in (302, 403, 404)


def deletion_form(target: Target, cast: Cast) -> None:
    for client in _at_work(cast):
        page = _page(client, target, "delete", target.pk)
        if page is not None:
            assert client.post(page.url, {"post": "yes"}).status_code < 500


_clients: dict[int, list[Client]] = {}


def _at_work(cast: Cast) -> list[Client]:
    """The two who may write most, signed in once."""
    if id(cast) not in _clients:
        _clients.clear()
        _clients[id(cast)] = [Client(raise_request_exception=False) for _ in range(2)]
        for client, person in zip(_clients[id(cast)], (cast.secretary, cast.administrator), strict=True):
            client.force_login(person)
    return _clients[id(cast)]


class _Page:
    def __init__(self, url: str, response: Any) -> None:
        self.url = url
        self.response = response


def _page(client: Client, target: Target, name: str, *args: Any) -> _Page | None:
    """An address of the model's screen that the person can open, else that there is none (403 and 404 are refusals)."""
    if target.model not in admin.site._registry:
        return None
    meta = target.model._meta
    try:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)
    except NoReverseMatch:
        return None
    return _Page(url, client.get(url) if name == "change" else None)


def _filled(response: Any) -> dict[str, Any]:
    """What a browser would send back of a page of the admin."""
    context = response.context
    if context is None or "adminform" not in context:
        return {}
    data: dict[str, Any] = {"reason": "Thử"}
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        data |= {
            f"{formset.formset.prefix}-{name}": value
            for name, value in formset.formset.management_form.initial.items()
        }
        forms += formset.formset.initial_forms
    for shown in forms:
        for field in shown:
            value = field.value()
            if value not in (None, False):
                data[field.html_name] = (
                    field.field.widget.format_value(value) if isinstance(value, str) else value
                )
    return {name: value for name, value in data.items() if value is not None}


def _typed(target: Target) -> dict[str, Any]:
    value = target.value
    if value is None or value is False:
        return {target.field.name: ""}
    shown = f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(value)
    return {target.field.name: shown, "reason": "Thử"}


ON_SCREENS: tuple[Try, ...] = (form, history_form, list_action, list_form, import_form, deletion_form)
