"""Signing in and out, passwords, the second factor, one's sessions: one address for every role.

Of allauth's pages only these exist (nobody signs up).
"""

from django.urls import path

from accounts import oidc_urls
from accounts.password_views import ForgottenView, PasswordLinkView
from accounts.second_factor_views import (
    ActivateView,
    CodeAgainView,
    CodesView,
    CodeView,
    DeactivateView,
    FactorView,
    NewCodesView,
)
from accounts.session_views import SessionsView, SignedInView, state
from accounts.views import PasswordAgainView, PasswordView, SignInView, SignOutView

urlpatterns = [
    path("dang-nhap/", SignInView.as_view(), name="account_login"),
    path("dang-nhap/ma-xac-thuc/", CodeView.as_view(), name="mfa_authenticate"),
    path("da-dang-nhap/", SignedInView.as_view(), name="signed_in"),
    path("dang-xuat/", SignOutView.as_view(), name="account_logout"),
    path("doi-mat-khau/", PasswordView.as_view(), name="account_change_password"),
    path("quen-mat-khau/", ForgottenView.as_view(), name="password_forgotten"),
    path("dat-mat-khau/<uidb64>/<token>/", PasswordLinkView.as_view(), name="password_link"),
    path("xac-nhan-mat-khau/", PasswordAgainView.as_view(), name="account_reauthenticate"),
    path("phien/", state, name="session_state"),
    path("phien-lam-viec/", SessionsView.as_view(), name="sessions"),
    path("xac-thuc-hai-lop/", FactorView.as_view(), name="mfa_index"),
    path("xac-thuc-hai-lop/bat/", ActivateView.as_view(), name="mfa_activate_totp"),
    path("xac-thuc-hai-lop/tat/", DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path("xac-thuc-hai-lop/ma-du-phong/", CodesView.as_view(), name="mfa_view_recovery_codes"),
    path("xac-thuc-hai-lop/ma-du-phong/moi/", NewCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path("xac-thuc-hai-lop/xac-nhan/", CodeAgainView.as_view(), name="mfa_reauthenticate"),
    *oidc_urls.urlpatterns,
]
