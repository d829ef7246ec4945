"""The figures of the last run of each phase and size, as JSON beside each other, until the page joins them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.registry import Budget, Figure, Phase

FOLDER = Path("var/bench")


@dataclass(frozen=True)
class Told:
    """A figure under its heading."""

    section: str
    figure: Figure


def path_of(phase: Phase, size: int) -> Path:
    """Return where the figures of a phase and size are kept."""
    return FOLDER / f"{size}-{phase}.json"


def keep(path: Path, told: Sequence[Told], circumstances: str) -> None:
    """Write figures and under what circumstances they were measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"circumstances": circumstances, "told": [asdict(one) for one in told]}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def read(path: Path) -> tuple[list[Told], str]:
    """Return what was written, and the circumstances; nothing when nothing was."""
    if not path.exists():
        return [], ""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [Told(one["section"], _figure(one["figure"])) for one in data["told"]], data["circumstances"]


def _figure(data: dict[str, object]) -> Figure:
    budgets = tuple(Budget(**budget) for budget in data.pop("budgets"))  # type: ignore[attr-defined]
    growth = data.pop("growth")
    return Figure(**data, budgets=budgets, growth=tuple(growth) if growth else None)  # type: ignore[arg-type]
