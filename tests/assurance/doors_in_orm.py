"""Doors in the ORM."""

from __future__ import annotations

from django.db.models import F

from accounts.audit.context import Door, acting
from accounts.audit.history import Versioned
from accounts.models import User
from tests.assurance.attempts import Try, changed, demand_nothing_new
from tests.assurance.guarded import Target
from tests.cast import Cast


def save(target: Target, cast: Cast) -> None:
    """By nobody, for no reason."""
    changed(target).save()


def save_as_somebody(target: Target, cast: Cast) -> None:
    """The one way that may succeed, because it records."""
    with acting(by=User.objects.system(), reason="Thử", door=Door.JOB):
        changed(target).save()


def save_one_field(target: Target, cast: Cast) -> None:
    changed(target).save(update_fields=[target.field.name])


def save_without_history(target: Target, cast: Cast) -> None:
    row = changed(target)
    row.skip_history_when_saving = True
    row.save()


def save_base_raw(target: Target, cast: Cast) -> None:
    """As fixtures are loaded (loaddata)."""
    changed(target).save_base(raw=True)


def queryset_update(target: Target, cast: Cast) -> None:
    target.model._default_manager.filter(pk=target.pk).update(**{target.field.attname: target.value})


def queryset_update_with_version(target: Target, cast: Cast) -> None:
    more = {"version": F("version") + 1} if issubclass(target.model, Versioned) else {}
    rows = target.model._base_manager.filter(pk=target.pk)
    rows.update(**{target.field.attname: target.value}, **more)


def bulk_update(target: Target, cast: Cast) -> None:
    target.model._base_manager.bulk_update([changed(target)], [target.field.name])


def bulk_create_over(target: Target, cast: Cast) -> None:
    """INSERT … ON CONFLICT DO UPDATE, as the ORM writes it."""
    target.model._base_manager.bulk_create(
        [changed(target)],
        update_conflicts=True,
        unique_fields=[target.key],
        update_fields=[target.field.name],
    )


def bulk_create_copy(target: Target, cast: Cast) -> None:
    """A new row with the other value, of which no history tells."""
    row = changed(target)
    row.pk = None
    if issubclass(target.model, Versioned):
        row.version = 1
    created = target.model._base_manager.bulk_create([row])
    demand_nothing_new(target, created[0].pk)


def delete(target: Target, cast: Cast) -> None:
    target.one().delete()


def queryset_delete(target: Target, cast: Cast) -> None:
    rows = target.model._base_manager.filter(pk=target.pk)
    rows._raw_delete(rows.db)


def cascade(target: Target, cast: Cast) -> None:
    """Delete what the column points to."""
    if target.field.is_relation and (other := getattr(target.one(), target.field.name)) is not None:
        other.delete()


IN_THE_ORM: tuple[Try, ...] = (
    save, save_as_somebody, save_one_field, save_without_history, save_base_raw, queryset_update,
    queryset_update_with_version, bulk_update, bulk_create_over, bulk_create_copy, delete, queryset_delete, cascade,
)  # fmt: skip
