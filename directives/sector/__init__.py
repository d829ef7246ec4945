"""A believable sector of any size, to measure on: made by bulk paths that keep every guarantee of the history.

`generate` fills an empty database; `landmarks` finds in a database filled by it whom and what to measure with.
Everything is made up: the documents are marked as fictitious, and so are the people by their names.
"""

from __future__ import annotations

from directives.sector.generate import Summary, generate
from directives.sector.landmarks import Landmarks, landmarks

__all__ = ["Landmarks", "Summary", "generate", "landmarks"]
