"""The base of every history table and of every table that only grows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.db.models.expressions import Func, RawSQL
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords
from simple_history.signals import pre_create_historical_record
from simple_history.utils import bulk_update_with_history

from accounts.audit.context import Act, Door, current_act
from accounts.audit.record_sql import insert_recorded, update_recorded


class ClockTimestamp(Func):
    """The database's clock, not the statement's or the transaction's start."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class Recorded(models.Model):
    """A row that is written once: the run role may neither change nor remove it (`guards`).

    `recorded_at` and `recorded_xid` are stamped by a trigger, whatever the writer says, so that rows dated
    in the past can still be told in the order in which they were recorded.
    """

    recorded_at = models.DateTimeField(
        _("thời điểm ghi"),
        db_default=ClockTimestamp(),
        editable=False,
        help_text=_("Theo đồng hồ của máy chủ CSDL."),
    )
    recorded_xid = models.BigIntegerField(
        _("giao dịch"), db_default=RawSQL("(pg_current_xact_id()::text::bigint)", ()), editable=False
    )

    class Meta:
        abstract = True


class HistoryBase(Recorded):
    """What simple-history's own columns lack: the door; actor and reason are its user and change reason."""

    door = models.CharField(_("qua"), max_length=10, choices=Door.choices)

    class Meta:
        abstract = True


def _actor(instance: models.Model, **kwargs: Any) -> Any:
    return current_act().by


class _Manager(HistoryManager):
    """Becomes a class with its query set's methods once, not at every look at a history."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        return super().from_queryset(queryset_class, class_name)


class History(HistoricalRecords):
    """`HistoricalRecords` on our base: `history = History()` in every model that people edit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("bases", (HistoryBase,))
        # The rows that say which roles a person had are history too.
        kwargs.setdefault("m2m_bases", (Recorded,))
        kwargs.setdefault("get_user", _actor)
        kwargs.setdefault("history_manager", _Manager)
        super().__init__(**kwargs)


def _stamp(sender: type[models.Model], history_instance: Any, **kwargs: Any) -> None:
    act = current_act()
    history_instance.door = act.door
    if not history_instance.history_change_reason:
        history_instance.history_change_reason = act.reason
    if act.at is not None:
        history_instance.history_date = act.at


def connect() -> None:
    """Let each history row take its door, reason and date from the act under way."""
    pre_create_historical_record.connect(_stamp, dispatch_uid="audit.stamp")


class Versioned(models.Model):
    """A row whose every change is guarded by the database: each update raises `version` by exactly one and
    needs a history row of that version with the same values, by a named actor and with a reason."""

    version = models.PositiveIntegerField(_("phiên bản"), default=0, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as the next version with its history row, in one statement; the database refuses a stale instance."""
        self.version += 1
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
        if hasattr(self, "skip_history_when_saving"):
            super().save(*args, **kwargs)
            return
        # The signal after the save need not write the history row any more.
        self.skip_history_when_saving = self._tells = True
        try:
            super().save(*args, **kwargs)
        finally:
            for mark in ("skip_history_when_saving", "_tells"):
                self.__dict__.pop(mark, None)

    def _do_insert(self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> Any:
        if self.__dict__.get("_tells") and list(returning_fields) == [self._meta.pk]:
            return [(key,) for key in insert_recorded(type(self), fields, [self], current_act(), using=using)]
        # What the database fills in beside the key is read the usual way, and told of by the signal.
        if self.__dict__.pop("_tells", False):
            del self.skip_history_when_saving
        return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]

    def _do_update(  # type: ignore[override]
        self, base_qs: Any, using: str, pk_val: Any, values: Any, *how: Any
    ) -> Any:
        if self.__dict__.get("_tells"):
            return update_recorded(base_qs.filter(pk=pk_val), values, current_act()) > 0
        return super()._do_update(base_qs, using, pk_val, values, *how)


def bulk_update_recorded(
    model: type[models.Model], objects: list[Any], fields: Iterable[str], act: Act
) -> None:
    """Save these fields of many rows of one model with their history rows; a stale row is refused by the database."""
    changed = set(fields)
    if issubclass(model, Versioned):
        changed.add("version")
        for item in objects:
            item.version += 1
    bulk_update_with_history(
        objects,
        model,
        sorted(changed),
        batch_size=500,
        default_user=act.by,
        default_change_reason=act.reason,
        default_date=act.at,
        custom_historical_attrs={"door": act.door},
    )
