"""The catalogues of translations: what must be in them, read from the code, and whether they are up to date.

Our own texts are written in Vietnamese, so `locale/en` translates them all. The texts of the theme and of
other packages are English, so `locale/vi` translates those that the packages themselves leave English. Needs
Babel, a development requirement; the compiled catalogues are committed, so production does not.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_now": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
OUR_FOLDERS = ("accounts", "config", "directives", "steering", "templates")
# Parts of Django that are no apps and have texts for people.
DJANGO_FOLDERS = ("core", "db", "forms", "http", "utils")
SKIPPED_FOLDERS = frozenset(
    {"__pycache__", "contrib", "locale", "management", "migrations", "testapp", "tests"}
)
# allauth's templates, and its words for second factors, are all replaced by ours; the rest of these is never shown.
SKIPPED_FILES = frozenset(
    {
        "allauth/mfa",
        "allauth/socialaccount",
        "allauth/socialaccount/providers/openid_connect",
        "allauth/templates",
        "allauth/usersessions",
        "axes/admin.py",
        "axes/models.py",
        "guardian/admin.py",
    }
)
# Dates would make every run a change.
WRITTEN_AT = datetime(2026, 1, 1, tzinfo=UTC)

Key = tuple[str | None, str | tuple[str, ...]]
Found = dict[Key, set[str]]


@dataclass(frozen=True)
class Result:
    """One catalogue: its messages as they should be, what has no translation, what was got wrong."""

    language: str
    catalog: Catalog
    untranslated: list[str]
    wrong: list[str]

    def files(self) -> dict[Path, bytes]:
        """Return the content of both files, by path."""
        folder = Path(settings.LOCALE_PATHS[0]) / self.language / "LC_MESSAGES"
        text, binary = io.BytesIO(), io.BytesIO()
        write_po(text, self.catalog, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True)
        write_mo(binary, self.catalog)
        return {folder / "django.po": text.getvalue(), folder / "django.mo": binary.getvalue()}


def build() -> list[Result]:
    """Return both catalogues, with the translations that the files hold by now."""
    others = third_party_messages()
    needed = {key: where for key, where in others.items() if not _translated_by_packages(key)}
    # A translation of ours may also replace a package's own.
    vietnamese = needed | {key: others[key] for key in _kept("vi") if key in others}
    return [_result("en", our_messages()), _result("vi", vietnamese)]


def our_messages() -> Found:
    """Return the texts of our own code and templates."""
    base = Path(settings.BASE_DIR)
    found: Found = {}
    for folder in OUR_FOLDERS:
        _collect(_files(base / folder, base), found)
    return found


def third_party_messages() -> Found:
    """Return the texts of the installed packages that have pages, and of the parts of Django below them."""
    django_root = Path(django.__file__).parent
    others = (config for config in apps.get_app_configs() if config.name.split(".")[0] not in OUR_FOLDERS)
    roots = {Path(config.path) for config in others}
    roots |= {django_root / folder for folder in DJANGO_FOLDERS}
    packages = django_root.parent
    found: Found = {}
    for root in sorted(roots):
        if root.relative_to(packages).as_posix() not in SKIPPED_FILES:
            _collect(_files(root, packages), found)
    return found


def _files(root: Path, base: Path) -> Iterator[tuple[str, Path]]:
    """Yield a folder's source files with their names below `base`; apps inside it are not part of it."""
    for path in sorted(root.iterdir()):
        name = path.relative_to(base).as_posix()
        if path.is_dir():
            other_app = (path / "apps.py").exists() and base != settings.BASE_DIR
            if path.name not in SKIPPED_FOLDERS and name not in SKIPPED_FILES and not other_app:
                yield from _files(path, base)
        elif path.suffix in (".py", ".html", ".txt") and name not in SKIPPED_FILES:
            yield name, path


def _collect(files: Iterable[tuple[str, Path]], found: Found) -> None:
    for name, path in files:
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            # What is no text becomes X; its indentation would offend Python's tokenizer.
            source = "\n".join(line.lstrip() for line in templatize(source).split("\n"))
        lines = extract(
            "python", io.BytesIO(source.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
        )
        for _line, message, _comments, context in lines:
            found.setdefault((context, message), set()).add(name)


def _translated_by_packages(key: Key) -> bool:
    context, message = key
    first = message if isinstance(message, str) else message[0]
    looked_up = f"{context}\x04{first}" if context else first
    plurals = ((looked_up, 0), (looked_up, 1))
    return any(catalogue.get(form) for catalogue in _package_catalogues() for form in (looked_up, *plurals))


_catalogues: list[dict[object, str]] = []


def _package_catalogues() -> list[dict[object, str]]:
    if not _catalogues:
        folders = [Path(django.__file__).parent / "conf"]
        folders += [Path(config.path) for config in apps.get_app_configs()]
        for folder in folders:
            compiled = folder / "locale/vi/LC_MESSAGES/django.mo"
            if compiled.exists():
                with compiled.open("rb") as file:
                    _catalogues.append(vars(gettext.GNUTranslations(file))["_catalog"])
    return _catalogues


def _existing(language: str) -> Catalog:
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES/django.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else tuple(message.id)


def _kept(language: str) -> set[Key]:
    return {_key(message) for message in _existing(language) if message.id}


def _result(language: str, found: Found) -> Result:
    existing = {_key(message): message for message in _existing(language)}
    catalog = Catalog(
        locale=language,
        project="don-doc",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        header_comment="",
        creation_date=WRITTEN_AT,
        revision_date=WRITTEN_AT,
        fuzzy=False,
    )
    untranslated, wrong = [], []
    for (context, message_id), where in found.items():
        old = existing.get((context, message_id))
        message = catalog.add(
            message_id,
            (old.string if old else None) or "",
            context=context,
            locations=[(name, 0) for name in sorted(where)],
        )
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        first = message_id if isinstance(message_id, str) else message_id[0]
        if not all(strings[: catalog.num_plurals]) or not strings:
            untranslated.append(first)
        else:
            wrong += [f"{first}: {error}" for error in message.check(catalog)]
    return Result(language, catalog, sorted(untranslated), sorted(wrong))
