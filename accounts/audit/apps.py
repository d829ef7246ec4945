from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """The lowest room: the history base, the guards in the database and the log of access."""

    name = "accounts.audit"
    label = "audit"
    verbose_name = _("Nhật ký")

    def ready(self) -> None:
        from accounts.audit import guards, history, log

        history.connect()
        log.connect()
        post_migrate.connect(guards.install_after_migrate)
