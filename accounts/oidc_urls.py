"""The two addresses of signing in with a provider: out to it, and back (the one to register there)."""

from __future__ import annotations

from allauth.socialaccount.providers.openid_connect.views import callback, login
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from requests import RequestException

from accounts import oidc


@require_POST
def out(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider; by a button only, for a foreign page's link must not sign anybody in."""
    try:
        response: HttpResponse = login(request, provider_id)
    except RequestException as error:
        return oidc.let_nobody_in(request, error)
    return response


urlpatterns = [
    path("dang-nhap/<slug:provider_id>/", out, name="openid_connect_login"),
    path("dang-nhap/<slug:provider_id>/xong/", callback, name="openid_connect_callback"),
]
