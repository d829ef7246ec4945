"""The one check that every scenario ends in: the database's word against what the mail server really took.

Plain SQL, and nothing of the code that is being tested.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import psycopg

from tests.chaos.site import Site

_REMINDERS = """SELECT
    count(*),
    count(*) FILTER (WHERE m.state = 'sent'),
    count(*) FILTER (WHERE r.message_id IS NULL AND r.skip <> ''),
    count(*) FILTER (WHERE m.state = 'failed' AND m.error <> '')
    FROM directives_reminder r LEFT JOIN directives_message m ON m.id = r.message_id"""
_UNTOLD = "SELECT count(*) FROM directives_occasion WHERE told_at IS NULL"
_MAILS = "SELECT address, message_id, state FROM directives_message"
# Said twice, under whatever name: the same words to the same address, or two letters of a day.
_SAID_TWICE = """SELECT coalesce(sum(n - 1), 0) FROM (
    SELECT count(*) AS n FROM directives_message WHERE resend_of_id IS NULL GROUP BY address, md5(text)) AS same"""
_LETTERS_TWICE = """SELECT coalesce(sum(n - 1), 0) FROM (
    SELECT count(*) AS n FROM directives_message WHERE resend_of_id IS NULL AND kind <> 'event'
    GROUP BY committee_id, recipient_key, kind, "on") AS same"""


@dataclass(frozen=True)
class Figures:
    """What a scenario came to. `planned`, `sent`, `skipped` and `failed` count reminders, the others mails.

    `repeats`: mails that came in a second time, as the same mail, because their sender was killed or never heard that
    they were taken. More of them than there were such sends are `doubled`.
    """

    planned: int
    sent: int
    skipped: int
    failed: int
    mails: int
    lost: int
    doubled: int
    repeats: int
    seconds: float


def check(site: Site, expected: Collection[str], *, kills: int = 0) -> Figures:
    """Fail unless every reminder that was planned was sent, or has the reason why not, and each mail came in once.

    `expected` are the addresses that must have got a mail or been refused by the server, `kills` how many sends may
    have been in flight when their process was killed or lost its database.
    """
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        planned, sent, skipped, failed = connection.execute(_REMINDERS).fetchall()[0]
        untold, said_twice, letters_twice = (
            int(connection.execute(question).fetchall()[0][0])
            for question in (_UNTOLD, _SAID_TWICE, _LETTERS_TWICE)
        )
        rows = connection.execute(_MAILS).fetchall()
    accepted = Counter((line.to, line.message_id) for line in site.post.journal())
    refused = {line.to for line in site.post.journal("refused")}
    by_state = {
        state: {(address, message_id) for address, message_id, found in rows if found == state}
        for state in ("sent", "failed", "queued")
    }
    reached = {to for to, _message_id in accepted} | refused
    missing = {
        "waiting": planned - sent - skipped - failed,
        "untold": untold,
        "queued": len(by_state["queued"]),
        "sent, but never taken": len(by_state["sent"] - accepted.keys()),
        "failed, but not refused": len({to for to, _message_id in by_state["failed"]} - refused),
        "nobody wrote to them": len(set(expected) - reached),
    }
    repeats = accepted.total() - len(accepted)
    twice = {
        "repeats without cause": max(0, repeats - kills - len(site.post.journal("unanswered"))),
        "unknown to the database": len(accepted.keys() - {row[:2] for row in rows}),
        "taken, but not known as sent": len(accepted.keys() & by_state["failed"]),
        "said twice": said_twice,
        "letters twice": letters_twice,
    }
    figures = Figures(
        planned=planned,
        sent=sent,
        skipped=skipped,
        failed=failed,
        mails=len(accepted),
        lost=sum(missing.values()),
        doubled=sum(twice.values()),
        repeats=repeats,
        seconds=round(time.monotonic() - site.begun, 1),
    )
    assert planned and sent, figures
    assert not any(missing.values()), (missing, figures, site.said())
    assert not any(twice.values()), (twice, figures, site.said())
    return figures
