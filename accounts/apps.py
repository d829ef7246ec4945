from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who may sign in and do what."""

    name = "accounts"
    verbose_name = _("Tài khoản và quyền")

    def ready(self) -> None:
        from accounts import rights_log, second_factor
        from accounts.roles import sync_groups
        from accounts.system import ensure_system_user

        second_factor.connect()
        rights_log.connect()
        post_migrate.connect(sync_groups, sender=self)
        post_migrate.connect(ensure_system_user, sender=self)
