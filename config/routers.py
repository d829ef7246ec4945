"""Which database answers: the standby for figures and exports of the case, the primary for everything else."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, models

from accounts.replica import ALIAS, is_reading
from directives.models import DirectiveUserObjectPermission


class ReplicaRouter:
    """Within `accounts.replica.from_replica` the tables of the case are read from the standby.

    Never what a person's rights are made of, nor sessions and sign-ins; nothing is ever written there.
    """

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """Return the standby within the block, for the case alone."""
        is_case = model._meta.app_label == "directives" and model is not DirectiveUserObjectPermission
        return ALIAS if is_case and is_reading() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Return the primary, wherever a row was read."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        """Both hold the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """A standby takes its tables from the primary."""
        return db == DEFAULT_DB_ALIAS
