"""Says in each answer's headers what it cost inside: queries, their time, the processor's time. For the bench only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

QUERIES, DATABASE, SLOWEST, CPU = "X-Queries", "X-Database-Ms", "X-Slowest-Ms", "X-Cpu-Ms"


class CountingMiddleware:
    """The outermost of all: nothing of a request goes uncounted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seconds: list[float] = []

        def count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                seconds.append(time.perf_counter() - begun)

        busy = time.thread_time()
        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response[QUERIES] = str(len(seconds))
        response[DATABASE] = f"{1000 * sum(seconds):.3f}"
        response[SLOWEST] = f"{1000 * max(seconds, default=0):.3f}"
        response[CPU] = f"{1000 * (time.thread_time() - busy):.3f}"
        return response
