"""The admin site, themed by unfold; its doors in and out are allauth's, at one address each."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import sites
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _
from unfold.settings import get_config
from unfold.sites import UnfoldAdminSite


class Site(UnfoldAdminSite):
    """Every screen hangs here; its own pages for signing in and out lead to the one address of each."""

    enable_nav_sidebar = True
    index_title = _("Tổng quan")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Only for the page of one application: beside each page stands our own navigation, not all screens."""
        found: list[Any] = super().get_app_list(request, app_label) if app_label else []
        return found

    @cached_property
    def _merged(self) -> dict[str, Any]:
        """The theme's settings with ours: the theme would merge them anew for each key of each page."""
        return get_config(self.settings_name)  # type: ignore[no-any-return]

    def _get_config(self, key: str, *args: Any) -> Any:
        value = self._merged.get(key)
        return self._get_value(value, *args) if value else None

    def _get_colors(self, key: str, *args: Any) -> dict[str, Any]:
        """None in the page: they stand in accounts/theme.css."""
        return {}

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Our navigation, which is made anew for each page: nothing to copy, no badges, and only what may be opened."""
        groups: list[dict[str, Any]] = self._get_value(self._merged["SIDEBAR"]["navigation"], request)
        for item in (item for group in groups for item in group["items"]):
            item.setdefault("active", self._get_is_active(request, item["link"]))
            item["has_permission"] = True
        return groups

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from django.contrib.auth.views import redirect_to_login

        wanted = request.GET.get(REDIRECT_FIELD_NAME) or resolve_url(settings.LOGIN_REDIRECT_URL)
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        from allauth.account.views import logout

        response: HttpResponseBase = logout(request)
        return response

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("account_change_password")

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:index")


class ThemeConfig(AppConfig):
    """In place of unfold's own: the default site becomes ours before any screen is registered."""

    name = "unfold"

    def ready(self) -> None:
        admin.site = sites.site = Site()
        _load_select2_once()


def _load_select2_once() -> None:
    """Let the theme load the same select2 as Django, with its Vietnamese messages.

    The theme asks for the unminified file, Django for the minified one. Where a page needs both, the second has
    its own registry of languages and the boxes made by the first say "No results found".
    """
    from unfold import widgets
    from unfold.contrib.filters import forms

    extra = "" if settings.DEBUG else ".min"
    scripts = (
        f"admin/js/vendor/jquery/jquery{extra}.js",
        f"admin/js/vendor/select2/select2.full{extra}.js",
        "admin/js/vendor/select2/i18n/vi.js",
        "admin/js/jquery.init.js",
        "unfold/js/select2.init.js",
    )
    for owner in (
        forms.AutocompleteDropdownForm,
        forms.DropdownForm,
        widgets.AutocompleteWidgetMixin,
        widgets.UnfoldAdminSelect2Widget,
        widgets.UnfoldAdminSelect2MultipleWidget,
    ):
        owner.Media.js = scripts
