"""The two addresses of signing in with a provider: out to it, and back (the one to register there)."""

from allauth.socialaccount.providers.openid_connect.views import callback, login
from django.urls import path
from django.views.decorators.http import require_POST

urlpatterns = [
    # By a button only: a foreign page's link must not sign anybody in.
    path("dang-nhap/<slug:provider_id>/", require_POST(login), name="openid_connect_login"),
    path("dang-nhap/<slug:provider_id>/xong/", callback, name="openid_connect_callback"),
]
