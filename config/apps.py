from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself: system checks, and the application that tasks are given to."""

    name = "config"

    def ready(self) -> None:
        from config import celery, checks  # noqa: F401
