"""The project's settings without its applications, for tests of the servers around a command."""

from config.settings import *  # noqa: F403

INSTALLED_APPS = []
