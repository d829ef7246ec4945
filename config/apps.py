import gc

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The project itself: system checks, and the application that tasks are given to."""

    name = "config"

    def ready(self) -> None:
        from config import celery, checks  # noqa: F401

        # Loading went without collection, and what is loaded by now stays: going through it again and again for
        # garbage takes as long as loading it.
        gc.freeze()
        gc.enable()
