"""Every address of the application."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from config.health import healthz, healthz_reminders
from directives.admin.mail_explained import own_mails

handler500 = "accounts.views.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Pages without the theme's head (a file, a slip to print) are asked for it at this address.
    path("favicon.ico", RedirectView.as_view(url=static("accounts/favicon.svg"))),
    path("healthz", healthz, name="healthz"),
    path("healthz/reminders", healthz_reminders, name="healthz_reminders"),
    path("tai-khoan/cach-nhan-thu/", include("directives.admin.mail_preference")),
    path("tai-khoan/thu/", own_mails, name="own_mails"),
    path("tai-khoan/", include("accounts.urls")),
    path("ngon-ngu/", set_language, name="set_language"),
    path("quan-tri/kiem-tra-toan-ven/", include("accounts.admin.integrity")),
    path("quan-tri/doi-chieu-nhac-viec/", include("directives.admin.reconciliation")),
    path("quan-tri/quyen-cua/", include("directives.admin.person_rights")),
    path("quan-tri/thu-cua/", include("directives.admin.mail_explained")),
    path("quan-tri/thong-ke/tai-thoi-diem/", include("directives.admin.past_figures")),
    path("quan-tri/thong-ke/", include("directives.admin.statistics_pages")),
    path("quan-tri/", admin.site.urls),
]
