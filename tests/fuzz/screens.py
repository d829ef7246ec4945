"""The addresses, their parameters and their forms, found in the application itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from django.contrib import admin
from django.db import transaction
from django.test import Client

from tests.access.addresses import Address, addresses, path_of
from tests.access.world import World

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "steering", "directives", "config")
# It answers 503 where beat does not run.
LEFT_OUT = frozenset({"healthz"})
# They would answer in place of what is tried: how often one may come, and what one has to do first.
IN_THE_WAY = ("accounts.limit_middleware.LimitMiddleware", "accounts.duties.DutiesMiddleware")
PEOPLE = ("secretary", "admin", "auditor", "head")
_READ = re.compile(r"""(?:GET|POST)(?:\.get(?:list)?\(|\[)"([^"]+)\"""")
_PARAMETER = re.compile(r"""parameter_name = "([^"]+)\"""")


@cache
def read_names() -> tuple[str, ...]:
    """Return the names that the project's own code reads from requests, and those of its filters."""
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            found |= set(_READ.findall(text)) | set(_PARAMETER.findall(text))
    for screen in admin.site._registry.values():
        for entry in screen.list_filter or ():
            name = entry if isinstance(entry, str) else entry[0] if isinstance(entry, tuple) else ""
            found |= {f"{name}__exact", f"{name}__isnull", f"{name}__id__exact"} if name else set()
    return tuple(sorted(found))


@dataclass
class Screens:
    """Every address with ids that are there, and whoever is signed in by name."""

    world: World
    clients: dict[str, Client]
    forms: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Return the names of the addresses."""
        return sorted(name for name in addresses() if name not in LEFT_OUT)

    def path(self, name: str) -> str:
        """Return an address of an object that is there."""
        address = addresses()[name]
        return path_of(address, {parameter: self._id(address, parameter) for parameter in address.parameters})

    def _id(self, address: Address, parameter: str) -> Any:
        special: dict[str, Any] = {
            "url": "khong-co",
            "app_label": "directives",
            "content_type_id": 1,
            "version_id": 1,
            "uidb64": "MQ",
            "token": "khong-dung",
            "provider_id": "khong-co",
        }
        if parameter in special:
            return special[parameter]
        words = address.name.rpartition(":")[2].split("_")
        kinds = [word for word in words if word in self.world.ids]
        kind = {"file_id": "document_file", "grant_id": "grant", "relation_id": "relation"}.get(parameter)
        rows = self.world.ids.get(kind or (kinds[0] if kinds else ""), {"own": 1})
        return rows["own"]

    def fields(self, person: str, name: str) -> tuple[str, ...]:
        """Return the names of the fields of the form at an address, as the page shows it to a person."""
        if (person, name) not in self.forms:
            with transaction.atomic():
                response: Any = self.clients[person].get(self.path(name))
                if response.streaming:
                    b"".join(response.streaming_content)
                transaction.set_rollback(True)
            self.forms[person, name] = _fields(response)
        return self.forms[person, name]


def _fields(response: Any) -> tuple[str, ...]:
    context = response.context
    if context is None:
        return ()
    forms = [context[key] for key in ("form",) if key in context]
    if "adminform" in context:
        forms.append(context["adminform"].form)
    names = [bound.html_name for form in forms if hasattr(form, "fields") for bound in form]
    for formset in context.get("inline_admin_formsets") or ():
        prefix = formset.formset.prefix
        names += [f"{prefix}-{name}" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "0-id", "0-valid_from")]
        names += [f"{prefix}-0-{name}" for name in formset.formset.empty_form.fields]
    return tuple(dict.fromkeys(names))


def encoded(pairs: list[tuple[str, str]]) -> str:
    """Return pairs as a query or a form, lone surrogates included, which urlencode would refuse."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))
