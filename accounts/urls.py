"""Signing in and out: one address for every role. Of allauth's pages only these exist (nobody signs up)."""

from django.urls import path

from accounts.views import PasswordView, SignInView, SignOutView

urlpatterns = [
    path("dang-nhap/", SignInView.as_view(), name="account_login"),
    path("dang-xuat/", SignOutView.as_view(), name="account_logout"),
    path("doi-mat-khau/", PasswordView.as_view(), name="account_change_password"),
]
