"""The guards in the code, each with what takes it away and the suite's question that must then be answered wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core import checks
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q
from django.test import Client, override_settings
from django.urls import reverse

from accounts.clock import today
from directives import access, archives, files, services, virus_scan
from directives.admin.dialogs import DIALOGS
from directives.errors import NotAllowed, Refused
from directives.lifecycle import Verb
from directives.models import Assignment, Document
from tests.cast import Cast, at
from tests.directives.test_files_hostile import HOSTILE

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Case:
    """A guard, what takes it away, and whether it is seen to stand."""

    kind: str
    guard: str
    mutation: Patch
    stands: Callable[[], bool]


def notices(case: Case) -> tuple[bool, bool]:
    """Return whether the guard is seen to stand as it is, and still once it is taken away."""
    with _taken_back():
        stands = case.stands()
    with pytest.MonkeyPatch.context() as patch, _taken_back():
        case.mutation(patch)
        return stands, case.stands()


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _set(owner: Any, name: str, value: Any) -> Patch:
    return lambda patch: patch.setattr(owner, name, value)


# Seeing


def seeing(cast: Cast) -> Iterator[Case]:
    """`visible_to`: a person without a role sees no row of any model."""
    for model in access.RULES:

        def nothing(model: Any = model) -> bool:
            cast.stranger.__dict__.pop("_rights", None)
            return not access.visible_to(cast.stranger, model, on=today()).exists()

        def opened(patch: pytest.MonkeyPatch, model: Any = model) -> None:
            patch.setitem(access.RULES, model, lambda held: Q())

        yield Case("visible_to", model.__name__, opened, nothing)


# Doing


def dialogs(cast: Cast, row: Assignment) -> Iterator[Case]:
    """`theirs` of each dialog: the auditor sees everything and does nothing."""
    auditor = _client(cast.auditor)
    for dialog in DIALOGS:

        def refused(dialog: Any = dialog) -> bool:
            return auditor.get(dialog.url(row.pk)).status_code == 403

        yield Case("dialog", dialog.name, _everybodys(dialog), refused)


def _everybodys(dialog: Any) -> Patch:
    """`theirs` is one of a frozen dataclass's own attributes, which `monkeypatch` puts back in its dictionary."""
    return lambda patch: patch.setitem(dialog.__dict__, "theirs", lambda seen: True)


VERBS: dict[Verb, tuple[str, Callable[..., Any], dict[str, Any]]] = {
    Verb.ACCEPT: ("overdue", services.accept, {}),
    Verb.REPORT: ("overdue", services.report, {"percent": 5, "text": "x"}),
    Verb.SUBMIT: ("overdue", services.submit, {"text": "x", "result_number": "1/BC"}),
    Verb.WITHDRAW: ("waiting", services.withdraw, {}),
    Verb.CONFIRM: ("waiting", services.confirm, {}),
    Verb.SEND_BACK: ("waiting", services.send_back, {"reason": "x"}),
    Verb.DECLINE: ("overdue", services.decline, {"reason": "x"}),
    Verb.REISSUE: ("declined", services.reissue, {"reason": "x"}),
    Verb.SUSPEND: ("overdue", services.suspend, {"reason": "x"}),
    Verb.RESUME: ("suspended", services.resume, {}),
    Verb.REVOKE: ("overdue", services.revoke, {"reason": "x"}),
    Verb.REOPEN: ("on_time", services.reopen, {"reason": "x"}),
    Verb.TRANSFER: ("overdue", services.transfer, {"reason": "x", "basis": "x"}),
}


def verbs(cast: Cast, spread: dict[str, Assignment]) -> Iterator[Case]:
    """`demand` of each verb: the auditor may do none of them, whatever calls the service."""
    for verb, (name, service, given) in VERBS.items():
        more = {"unit": cast.danang} if verb is Verb.TRANSFER else {}
        call = partial(service, assignment=spread[name], by=cast.auditor, at=at(10, 7), **given, **more)
        yield Case(
            "verb", verb.value, _set(access, "is_theirs", lambda *args, **kwargs: True), _not_allowed(call)
        )
    for name, call in {
        "correct_due_date": partial(
            services.correct_due_date, assignment=spread["overdue"], due_on=date(2023, 8, 1), reason="x"
        ),
        "choose_answering_unit": partial(
            services.choose_answering_unit, assignment=spread["overdue"], unit=None
        ),
    }.items():
        asked = partial(call, by=cast.auditor, at=at(10, 7))
        opened = _set(access, "is_secretariat", lambda *args, **kwargs: True)
        yield Case("verb", name, opened, _not_allowed(asked))


def _not_allowed(call: Callable[[], Any]) -> Callable[[], bool]:
    def stands() -> bool:
        try:
            with transaction.atomic():
                call()
        except NotAllowed:
            return True
        except Refused:
            return False
        return False

    return stands


# Screens


def screens(cast: Cast, foreign: Assignment) -> Iterator[Case]:
    """The permissions of each screen, and the rows it starts from."""
    stranger, other = _client(cast.stranger), _client(cast.danang_officer)
    for model, screen in admin.site._registry.items():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        listed, added = reverse(f"admin:{name}_changelist"), reverse(f"admin:{name}_add")
        yes = lambda *args, **kwargs: True  # noqa: E731
        yield Case(
            "screen",
            f"{name}: view",
            _set(type(screen), "has_view_permission", yes),
            _answers(stranger, listed, 403),
        )
        yield Case(
            "screen",
            f"{name}: add",
            _set(type(screen), "has_add_permission", yes),
            _answers(stranger, added, 403),
        )
    everything = lambda self, request: self.model._default_manager.all()  # noqa: E731
    rows: dict[str, Any] = {
        "assignment": foreign,
        "directive": foreign.directive,
        "document": Document.objects.get(number="828/QĐ-BYT"),
    }
    for name, row in rows.items():
        screen = admin.site._registry[type(row)]
        url = reverse(f"admin:directives_{name}_change", args=[row.pk])
        yield Case(
            "screen", f"{name}: rows", _set(type(screen), "scope", everything), _answers(other, url, 404)
        )
    index = reverse("admin:index")
    yield Case(
        "screen",
        "the site: signed in",
        _set(admin.site, "has_permission", yes),
        _answers(Client(), index, 302),
    )


def _answers(client: Client, url: str, status: int) -> Callable[[], bool]:
    client.raise_request_exception = False
    return lambda: client.get(url).status_code == status


def _client(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


# Settings


PRODUCTION: dict[str, Any] = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": "k7v" * 20 + "!Q2w",
    "ALLOWED_HOSTS": ["dondoc.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_HSTS_PRELOAD": True,
}
WEAKENED: dict[str, Any] = {
    "DEBUG": True,
    "SECRET_KEY": "django-insecure-1",
    "ALLOWED_HOSTS": [],
    "SESSION_COOKIE_SECURE": False,
    "CSRF_COOKIE_SECURE": False,
    "SESSION_COOKIE_HTTPONLY": False,
    "SECURE_SSL_REDIRECT": False,
    "SECURE_HSTS_SECONDS": 0,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": False,
    "SECURE_HSTS_PRELOAD": False,
    "SECURE_REFERRER_POLICY": None,
    "SECURE_CONTENT_TYPE_NOSNIFF": False,
    "X_FRAME_OPTIONS": "SAMEORIGIN",
}
WITHOUT = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


def installation() -> Iterator[Case]:
    """Each setting that `check --deploy` must speak of when it is weakened."""

    def silent() -> bool:
        said = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
        return not [message for message in said if not message.is_silenced()]

    def weakened(name: str, value: Any) -> Patch:
        return lambda patch: patch.setattr(settings, name, value, raising=False)

    for name, value in WEAKENED.items():
        yield Case("setting", name, weakened(name, value), silent)
    for middleware in WITHOUT:
        kept = [entry for entry in settings.MIDDLEWARE if entry != middleware]
        yield Case("setting", middleware.rpartition(".")[2], weakened("MIDDLEWARE", kept), silent)


# Uploads


def uploads() -> Iterator[Case]:
    """Each step of looking into a file."""
    kept = lambda *args, **kwargs: None  # noqa: E731
    steps: dict[str, tuple[Patch, str]] = {
        "names in an archive": (_set(archives, "_demand_safe", kept), "up"),
        "kinds in an archive": (
            _set(archives, "_demand_accepted", lambda *a, **k: None),
            "a program in a ZIP",
        ),
        "how much is unpacked": (_set(archives._Allowance, "take", kept), "thousands of entries"),
        "DTD": (_set(archives, "_demand_no_dtd", kept), "entities"),
        "names of macros": (_set(archives, "_MACRO_NAMES", ()), "macros in a Word file"),
        "types of macros": (_set(archives, "_MACRO_TYPES", ()), "macros under another name"),
        "two kinds in one file": (_set(files, "is_archive", lambda file: False), "PDF and ZIP"),
        "pages in a file": (_set(files, "_OF_WEB_PAGES", ()), "PDF and page"),
        "size": (_set(settings, "UPLOAD_MAX_BYTES", 10**9), "26 MB"),
    }
    for name, (mutation, case) in steps.items():
        file, make, said = HOSTILE[case]
        content = make()

        def refused(file: str = file, content: bytes = content, said: str = said) -> bool:
            try:
                files.check(SimpleUploadedFile(file, content))
            except Refused as refusal:
                return said in str(refusal)
            return False

        yield Case("upload", name, mutation, refused)


def virus() -> Iterator[Case]:
    """The scan, when it is turned on and its daemon does not answer."""

    def refused() -> bool:
        with override_settings(CLAMD_URL="unix:///nonexistent"), suppress(Refused):
            files.check(SimpleUploadedFile("a.pdf", b"%PDF-1.4"))
            return False
        return True

    yield Case("upload", "virus scan", _set(virus_scan, "scan", lambda file: None), refused)
