"""The application's own gunicorn, but for the check of the role: a floor is connected as one that may do anything."""

from config.gunicorn_settings import *  # noqa: F403

del post_worker_init  # noqa: F821
