"""The page of a row's changes: only for those who see the row, in words, and never a way to write (TRAPS 1, 2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import ModelChange, ModelDelta
from simple_history.template_utils import HistoricalRecordContextHelper, ObjDiffDisplay
from simple_history.utils import get_m2m_reverse_field_name

from accounts.roles import Role

NOTHING = "–"
LONGEST = 300


class _Shortened(ObjDiffDisplay):
    def shortened_str(self, prefix: str, num_skipped_chars: int, suffix: str) -> str:
        return f"{prefix} […] {suffix}"


class ChangeInWords(HistoricalRecordContextHelper):
    """Old and new values as the screens show them: labels for choices, dd/mm/yyyy, Hà Nội time."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        field: Any = self.model._meta.get_field(change.field)
        value = super().prepare_delta_change_value(change, value)
        if isinstance(field, models.ManyToManyField):
            return ", ".join(sorted(_in_words(item) for item in value)) or NOTHING
        if getattr(field, "flatchoices", None):
            return str(dict(field.flatchoices).get(value, value)) or NOTHING
        return _in_words(value)

    def get_obj_diff_display(self) -> ObjDiffDisplay:
        return _Shortened(max_length=LONGEST)


def _in_words(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, Group):
        return str(Role(value.name).label) if value.name in Role.values else value.name
    return str(value)


class HistoryPages(SimpleHistoryAdmin):
    """simple-history's list of changes; its form, which writes an old version back, only leads to the list."""

    object_history_template = "simple_history/object_history.html"
    object_history_list_template = "simple_history/object_history_list.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._demand_history(request, object_id)
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        return response

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        self._demand_history(request, object_id)
        meta = self.model._meta
        name = f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_history"
        return HttpResponseRedirect(reverse(name, args=[object_id]))

    def _demand_history(self, request: HttpRequest, object_id: str) -> None:
        """Raise PermissionDenied without a role for the screen, Http404 for a row that the person does not see."""
        if not hasattr(self.model._meta, "simple_history_manager_attribute"):
            raise Http404
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if self.get_object(request, unquote(object_id)) is None:
            raise Http404

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("Lịch sử thay đổi: %s") % obj

    def get_history_queryset(
        self, request: HttpRequest, history_manager: Any, pk_name: str, object_id: Any
    ) -> models.QuerySet[Any]:
        """The rows with their actors: simple-history loses them where a model points at nothing else."""
        rows: models.QuerySet[Any] = super().get_history_queryset(
            request, history_manager, pk_name, object_id
        )
        return rows.select_related("history_user") if rows.query.select_related is True else rows

    def set_history_delta_changes(
        self, request: HttpRequest, historical_records: Any, foreign_keys_are_objs: bool = True
    ) -> None:
        """Tell each change from the one before, over the end of the page too; the first row tells its values."""
        rows = list(historical_records)
        before = list(historical_records.paginator.object_list[historical_records.end_index() :][:1])
        linked = _linked([*rows, *before])
        for row, older in zip(rows, [*rows[1:], *(before or [None])], strict=False):
            helper = ChangeInWords(self.model, row)
            if older is None:
                row.history_delta_changes = _first_values(helper, row)
                continue
            delta = row.diff_against(
                older, excluded_fields=linked.keys(), foreign_keys_are_objs=foreign_keys_are_objs
            )
            changes = [*delta.changes, *_relinked(linked, older, row)]
            changes.sort(key=lambda change: change.field)
            told = ModelDelta(changes, [change.field for change in changes], older, row)
            row.history_delta_changes = helper.context_for_delta_changes(told)


def _linked(rows: list[Any]) -> dict[str, dict[int, list[dict[str, Any]]]]:
    """Return by many-to-many field, then by history row, what was linked: one query a field for all the rows."""
    found: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for field in rows[0]._history_m2m_fields if rows else ():
        name = get_m2m_reverse_field_name(field)
        links = getattr(rows[0], field.name).model.objects.filter(history__in=[row.pk for row in rows])
        by_row = found.setdefault(field.name, {row.pk: [] for row in rows})
        for link in links.select_related(name).order_by(name):
            by_row[link.history_id].append({name: getattr(link, name)})
    return found


def _relinked(linked: dict[str, dict[int, list[dict[str, Any]]]], older: Any, row: Any) -> list[ModelChange]:
    return [
        ModelChange(field, by_row[older.pk], by_row[row.pk])
        for field, by_row in linked.items()
        if by_row[older.pk] != by_row[row.pk]
    ]


def _first_values(helper: ChangeInWords, row: Any) -> list[dict[str, Any]]:
    told = []
    for field in row.tracked_fields:
        value = getattr(row, field.name) if field.editable and not field.primary_key else None
        if value not in (None, ""):
            change = helper.format_delta_change(ModelChange(field.name, None, value))
            told.append({"field": change.field, "old": "", "new": change.new})
    return told
