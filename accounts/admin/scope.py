"""Choices of a relation: the rows that the related model's own screen would list."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest


def scoped_choices(model: type[models.Model], request: HttpRequest) -> QuerySet[Any] | None:
    """Return the rows of a model that its screen shows to this person; None when it has no screen."""
    if not admin.site.is_registered(model):
        return None
    return admin.site.get_model_admin(model).get_queryset(request)
