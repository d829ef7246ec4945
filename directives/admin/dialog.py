"""A dialog on an assignment: its form, its service, whose it is and when it is possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now

from directives import access
from directives.admin.seen import Seen
from directives.admin.verb_forms import VerbForm
from directives.lifecycle import TRANSITIONS, Verb

Text = str | Promise


@dataclass(frozen=True)
class Dialog:
    """`theirs`: whose it is (else 403); `possible`: whether now is the time for it (else it says why not)."""

    slug: str
    title: Text
    form: type[VerbForm]
    service: Callable[..., Any]
    theirs: Callable[[Seen], bool]
    possible: Callable[[Seen], bool]
    done: Text
    hint: Text = ""
    button: Text = ""
    grave: bool = False
    by_letter: bool = False

    @property
    def name(self) -> str:
        """The name of its page, after `directives_assignment_`."""
        name = self.slug.replace("-", "_")
        return f"{name}_by_letter" if self.by_letter else name

    @property
    def route(self) -> str:
        """Its address below the list of assignments."""
        return f"<int:object_id>/{self.slug}/" + ("theo-van-ban/" if self.by_letter else "")

    @property
    def page_title(self) -> str:
        """What heads its page: the verb, and that it is recorded from a letter."""
        if self.by_letter:
            return _now("Ghi nhận theo văn bản: %(verb)s") % {"verb": self.title}
        return str(self.title)

    def url(self, assignment_id: int) -> str:
        """Return its address for one assignment."""
        return reverse(f"admin:directives_assignment_{self.name}", args=[assignment_id])

    def offered(self, seen: Seen) -> bool:
        """Return whether the person is shown a button for it."""
        return self.theirs(seen) and self.possible(seen)


def verb_dialog(
    verb: Verb, form: type[VerbForm], service: Callable[..., Any], done: Text, **more: Any
) -> Dialog:
    """Return the dialog of a verb of the lifecycle table: whose it is and from which status, the table says."""
    transition = TRANSITIONS[verb]

    def theirs(seen: Seen) -> bool:
        return access.is_theirs(seen.user, transition.who, seen.assignment, on=seen.on)

    def possible(seen: Seen) -> bool:
        return seen.assignment.status in transition.sources

    values: dict[str, Any] = {
        "slug": verb.value,
        "title": verb.label,
        "theirs": theirs,
        "possible": possible,
    } | more
    return Dialog(form=form, service=service, done=done, **values)
