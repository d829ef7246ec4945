"""What the people of the load do; run by locust, which knows nothing of Django: who they are stands in BENCH_PEOPLE."""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from typing import Any

from locust import FastHttpUser, task

GIVEN = json.loads(Path(os.environ["BENCH_PEOPLE"]).read_text())
NEXT = itertools.count()


class Person(FastHttpUser):
    """One of the people, always the same; asks again as soon as there is an answer."""

    network_timeout = connection_timeout = 120.0

    def on_start(self) -> None:
        number = next(NEXT)
        self.given: dict[str, Any] = GIVEN["people"][number % len(GIVEN["people"])]
        self.random = random.Random(number)  # noqa: S311 - what to look at next

    def _ask(self, address: str, name: str, session: str = "session") -> None:
        cookies = f"sessionid={self.given[session]}; csrftoken={GIVEN['csrf']}"
        with self.client.get(
            address, name=name, headers={"Cookie": cookies}, allow_redirects=False, catch_response=True
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")

    @task(35)
    def list_of_own(self) -> None:
        self._ask(self.random.choice(self.given["lists"]), "list")

    @task(35)
    def detail(self) -> None:
        self._ask(self.random.choice(self.given["details"]), "detail")

    @task(20)
    def report(self) -> None:
        data = {
            "csrfmiddlewaretoken": GIVEN["csrf"],
            "percent": "60",
            "text": "Đã triển khai tại các khoa, phòng.",
        }
        cookies = f"sessionid={self.given['session']}; csrftoken={GIVEN['csrf']}"
        with self.client.post(
            self.given["report"], data=data, name="report", headers={"Cookie": cookies},
            allow_redirects=False, catch_response=True,
        ) as answer:  # fmt: skip
            if answer.status_code != 302:
                answer.failure(f"status {answer.status_code}")

    @task(10)
    def secretarys_pages(self) -> None:
        self._ask(self.random.choice(self.given["secretarys"]), "secretary", "secretary")
