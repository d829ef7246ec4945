"""Guardian's answers, with dates: a grant that ended yesterday answers no today (TRAPS 17)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from guardian.backends import ObjectPermissionBackend
from guardian.models import UserObjectPermissionBase

from accounts.clock import today
from accounts.dated import holds_on


class DatedObjectPermissionBackend(ObjectPermissionBackend):
    """Object permissions from our dated direct-foreign-key tables only; groups hold none."""

    def get_group_permissions(self, user_obj: Any, obj: Model | None = None) -> Iterable[str]:
        return set()

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> Iterable[str]:
        """Return the codenames that the person holds on the object today (Hà Nội)."""
        grants = _grants(obj)
        if grants is None or not user_obj.is_authenticated or not user_obj.is_active:
            return set()
        held = grants.objects.filter(holds_on(today()), user_id=user_obj.pk, content_object_id=obj.pk)  # type: ignore[union-attr]
        return set(held.values_list("permission__codename", flat=True))

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Return whether the person holds the permission ("see_unit" or "steering.see_unit") on the object today."""
        if obj is None:
            return False
        app_label, dot, codename = perm.rpartition(".")
        if dot and app_label != obj._meta.app_label:
            return False
        return codename in self.get_all_permissions(user_obj, obj)


def _grants(obj: Model | None) -> type[UserObjectPermissionBase] | None:
    """Return the model of dated grants on the object's class, if it has one."""
    if obj is None:
        return None
    relation = getattr(type(obj), "grants", None)
    model = relation.rel.related_model if relation is not None else None
    return model if isinstance(model, type) and issubclass(model, UserObjectPermissionBase) else None
