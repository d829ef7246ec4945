"""gunicorn's settings, from the environment: BIND, PORT, WEB_CONCURRENCY, WEB_THREADS, LOG_JSON, LOG_LEVEL."""

import os
import sys
from typing import Any

from config.logging import configure

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS") or 4)
# The application is loaded after the fork: a database connection shared by two workers mixes up answers (TRAPS 19).
preload_app = False
timeout = 60
graceful_timeout = 15
max_requests = 10_000
max_requests_jitter = 1_000
# The control socket has one fixed place for all of an account's gunicorns.
control_socket_disable = True
loglevel = (os.environ.get("LOG_LEVEL") or "INFO").lower()
# gunicorn's own code for it: the arbiter ends, and does not try again.
_CANNOT_BOOT = 3
# Requests are logged by django-structlog, with request and actor.
accesslog = None
_debug = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
_json = os.environ.get("LOG_JSON", "0" if _debug else "1").lower() in {"1", "true", "yes", "on"}
_propagate = {"handlers": [], "propagate": True}
logconfig_dict = {
    **configure(json=_json, level=os.environ.get("LOG_LEVEL") or "INFO"),
    "loggers": {"gunicorn.error": _propagate, "gunicorn.access": {**_propagate, "level": "WARNING"}},
}


def post_worker_init(worker: Any) -> None:
    """Do not serve as a role that could switch the guards off: gunicorn ends when a worker cannot boot.

    A database that does not answer yet is for /healthz to tell.
    """
    from django.db import DatabaseError, connections

    from accounts.audit.serving_role import refusal

    try:
        said = refusal()
    except DatabaseError as error:
        worker.log.warning("The database does not answer: %s", error)
        return
    finally:
        connections.close_all()
    if said:
        worker.log.error(said)
        sys.exit(_CANNOT_BOOT)
