"""pytest plugin, loaded first: garbage is looked for seldom, and never among what stays loaded.

Django, the project and a thousand tests are some million objects: going through them again and again took a
sixteenth of the suite's time, most of it while they were still being loaded.
"""

import gc

import pytest

gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Once more: config.apps turns it on when Django is loaded."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From the first test on, garbage is what tests leave behind."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
