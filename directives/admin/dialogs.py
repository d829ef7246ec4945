"""All dialogs on an assignment, in the order of their buttons."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from directives import services
from directives.admin.decision_dialogs import DECISIONS
from directives.admin.decision_forms import NoteForm, PeopleForm
from directives.admin.dialog import Dialog
from directives.admin.unit_dialogs import LETTER_DIALOGS, UNIT_DIALOGS

EVERYONES = (
    Dialog(
        slug="people",
        title=_("Phân công người thực hiện"),
        form=PeopleForm,
        service=services.name_people,
        theirs=lambda seen: seen.secretariat or seen.reports,
        possible=lambda seen: seen.assignment.is_open,
        done=_("Đã ghi người thực hiện."),
        button=_("Lưu"),
    ),
    Dialog(
        slug="note",
        title=_("Ghi trao đổi"),
        form=NoteForm,
        service=services.add_note,
        theirs=lambda seen: seen.takes_part,
        possible=lambda seen: True,
        done=_("Đã ghi trao đổi."),
        hint=_("Đơn vị, Tổ thư ký và lãnh đạo Ban đều đọc được."),
        button=_("Lưu"),
    ),
)


DIALOGS: tuple[Dialog, ...] = (*UNIT_DIALOGS, *DECISIONS, *EVERYONES, *LETTER_DIALOGS)
BY_SLUG: dict[str, Dialog] = {dialog.slug: dialog for dialog in DIALOGS if not dialog.by_letter}
