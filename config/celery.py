"""The Celery application: background jobs and their schedule.

The broker may lose everything at any time (ARCHITECTURE, rule 6): a task only says "look into the database now", the
database alone decides what is to be done. So tasks are acknowledged late, repeated harmlessly and never carry an ETA.
"""

import gc
import os
import sys
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, worker_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.heartbeat import HEARTBEAT_EVERY, record
from config.secret import require_secret_key

require_secret_key()
gc.disable()  # until config.apps has all loaded

log = structlog.get_logger(__name__)
# As gunicorn's when a worker cannot boot.
_CANNOT_BOOT = 3
_ASK_AGAIN_AFTER = timedelta(seconds=2)
# Heartbeats that nobody ran for a while are not caught up with.
_SHORT_LIVED = {"expires": HEARTBEAT_EVERY.total_seconds()}
# When the broker is down a web request must not wait for it: one more try after 0.1 s, then the error (TRAPS 9).
_BOUNDED_RETRY = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}


def broker_url(redis_url: str) -> str:
    """The address `redis_url` in Celery's spelling: for a Unix socket it differs from that of redis-py."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


# Nor for a broker that takes the call and never answers: twice these, and a request has taken half a second longer.
_FOR_GIVING_OUT = {"socket_connect_timeout": 0.3, "socket_timeout": 0.3}
# Longer than the second for which a waiting worker blocks on an empty queue.
_FOR_TAKING = {"socket_connect_timeout": 1, "socket_timeout": 2}

app = Celery("dondoc")
app.conf.update(
    broker_url=broker_url(settings.REDIS_URL),
    broker_transport_options={
        # Longer than any task runs; a task of a killed worker comes back after it.
        "visibility_timeout": 3600,
        **_FOR_GIVING_OUT,
        **_BOUNDED_RETRY,
    },
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_publish_retry_policy=_BOUNDED_RETRY,
    task_serializer="json",
    result_serializer="json",
    event_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    timezone="Asia/Ho_Chi_Minh",
    enable_utc=True,
    beat_schedule={
        "heartbeat": {
            "task": "config.celery.heartbeat",
            "schedule": HEARTBEAT_EVERY,
            "options": _SHORT_LIVED,
        },
        # Each day: whether it is a working day the task asks the calendar that people keep.
        "remind": {
            "task": "directives.remind",
            "schedule": crontab(hour=7, minute=30),
            "options": {"expires": 3600},
        },
        # At nine and each hour after it, until a run of the day has finished and nothing is missing.
        "reconcile": {
            "task": "directives.reconcile",
            "schedule": crontab(hour="9-21", minute=0),
            "options": {"expires": 3000},
        },
        # At 0:20 and, should that have been missed, each hour after it: one seal a day.
        "seal-history": {
            "task": "directives.seal_history",
            "schedule": crontab(minute=20),
            "options": {"expires": 3000},
        },
        # Asked for with a button; for when its job was lost.
        "check-history": {
            "task": "audit.check_history",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 300},
        },
        # Sessions that no longer open anything.
        "clean-sessions": {
            "task": "accounts.clean_sessions",
            "schedule": crontab(hour=2, minute=40),
            "options": {"expires": 3600},
        },
        # Mails that came back, where there is a mailbox for them.
        "read-bounces": {
            "task": "directives.read_bounces",
            "schedule": crontab(minute="*/5"),
            "options": {"expires": 300},
        },
        # New mails, those whose pause is over, and what a killed worker or a lost task left behind.
        "send-mail": {"task": "directives.send_mail", "schedule": crontab(), "options": {"expires": 60}},
    },
)
app.autodiscover_tasks()
# A task logs with the ids of the request that gave it out.
app.steps["worker"].add(DjangoStructLogInitStep)


@app.task(name="config.celery.heartbeat")
def heartbeat() -> None:
    """Note that beat gave out a task and a worker took it; `/healthz` reads the note."""
    record(settings.REDIS_URL)


@worker_init.connect
@beat_init.connect
def _wait_longer_for_the_broker(**kwargs: Any) -> None:
    """A worker and beat have nothing better to do."""
    app.conf.broker_transport_options |= _FOR_TAKING


@worker_init.connect
@beat_init.connect
def refuse_an_unfit_role(**kwargs: Any) -> None:
    """Do not start as a role that could switch the guards off; wait until the database says which it is.

    Unlike a web process, a worker is asked nothing by /healthz later. This is before the fork: no connection and no
    pool is left open (TRAPS 19).
    """
    from django.db import DatabaseError, connections

    from accounts.audit.serving_role import refusal
    from accounts.audit.session_locks import demand_own_session

    try:
        demand_own_session()
    except ImproperlyConfigured as error:
        log.error(str(error))
        sys.exit(_CANNOT_BOOT)
    while True:
        try:
            said = refusal()
            break
        except DatabaseError as error:
            log.warning("database_unavailable", error=str(error))
        finally:
            connections["default"].close()
            connections["default"].close_pool()  # type: ignore[attr-defined]
        time.sleep(_ASK_AGAIN_AFTER.total_seconds())
    if said:
        log.error(said)
        sys.exit(_CANNOT_BOOT)


@beat_init.connect
def _beat_at_once(**kwargs: Any) -> None:
    """Without this `/healthz` would miss the first heartbeat for a while."""
    heartbeat.apply_async(**_SHORT_LIVED)


@setup_logging.connect
def _keep_logging_of_settings(**kwargs: Any) -> None:
    """Having a receiver stops Celery from replacing Django's LOGGING with its own."""
