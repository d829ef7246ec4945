"""Every address that the application answers, from the resolver itself, and every action of its screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# What Django and the theme answer at addresses without a name: by their route.
ROOT = "/"


@dataclass(frozen=True)
class Address:
    """An address by its name (an unnamed one by its route) with the parameters it takes."""

    name: str
    route: str
    parameters: tuple[str, ...]
    fixed: tuple[tuple[str, Any], ...]


def addresses() -> dict[str, Address]:
    """Return every address by name, as the resolver has them now."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver(), "", ""):
        # Of several with a name any stands for all: they differ by what is optional.
        found.setdefault(address.name, address)
    return found


def _walk(resolver: URLResolver, route: str, namespace: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        path = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, path, inner)
            continue
        assert isinstance(entry, URLPattern)
        name = f"{namespace}{entry.name}" if entry.name else path or ROOT
        # simple-history's two parameters bear no names.
        nameless = ("object_id", "version_id") if entry.pattern.regex.groups == 2 else ()
        parameters = tuple(entry.pattern.regex.groupindex) or nameless
        yield Address(name.replace(" ", "%20"), path, parameters, tuple(entry.default_args.items()))


def path_of(address: Address, arguments: dict[str, Any]) -> str:
    """Return the path of an address with these parameters."""
    if address.name in (address.route, ROOT):
        path = "/" + address.route.removeprefix("/").replace("^", "").replace("$", "")
        for name, value in arguments.items():
            path = path.replace(f"<path:{name}>", str(value)).replace(f"(?P<{name}>.*)", str(value))
        return path.replace("\\Z", "")
    if address.name.endswith("_simple_history"):
        return reverse(address.name, args=list(arguments.values()))
    return reverse(address.name, kwargs=arguments)


def actions() -> set[str]:
    """Return every action of a list or page that a screen offers to anybody: "app.model action"."""
    found = set()
    for model, screen in admin.site._registry.items():
        label = model._meta.label_lower
        found |= {f"{label} {action}" for action in screen.actions or () if isinstance(action, str)}
        found |= {f"{label} {action.__name__}" for action in screen.actions or () if callable(action)}
        for kind in ("actions_list", "actions_detail", "actions_row", "actions_submit_line"):
            found |= {f"{label} {action}" for action in getattr(screen, kind, ()) or ()}
    return found
