from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectivesConfig(AppConfig):
    """The case itself: documents, directives, assignments, deadlines, reports, reminders."""

    name = "directives"
    verbose_name = _("Nhiệm vụ")

    def ready(self) -> None:
        from directives import guards

        guards.register()
