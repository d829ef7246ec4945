"""Signing in and out: one address for every role."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.account.urls"))]
