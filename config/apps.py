from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself: system checks."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401
