"""Two processes that take turns: one at a time, and none waits for who has ended."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.turns import side_by_side

# Writes its name so many times, each in a turn of its own, and ends with its code.
PROGRAMME = """
import sys
from tests.bench.turns import Turns
name, times, code, file, _option, own, other = sys.argv[1:]
turns = Turns(int(own), int(other))
turns.wait()
for _again in range(int(times)):
    with open(file, "a") as told:
        told.write(name)
    turns.change()
sys.exit(int(code))
"""


def test_each_works_in_its_turn_and_the_longer_one_goes_on_alone(tmp_path: Path) -> None:
    told = tmp_path / "told"
    base = [sys.executable, "-c", PROGRAMME]
    codes = side_by_side(
        [*base, "a", "3", "0", str(told)], [*base, "b", "6", "1", str(told)], option="--turns"
    )
    assert codes == [0, 1]
    assert told.read_text() == "ababab" + "bbb"
