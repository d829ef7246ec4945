"""The small chart of a weekly letter: one bar, a piece for each cell. Its figures stand in the table below it, too."""

from __future__ import annotations

from io import BytesIO

from django.utils.translation import gettext as _

from directives.figure_columns import grouped
from directives.statistics import Cells

# In pixels of the picture; a mail shows it at half of that, so that it is sharp on a phone.
WIDTH, HEIGHT = 1216, 144
SHOWN_WIDTH, SHOWN_HEIGHT = WIDTH // 2, HEIGHT // 2
_GAP = 6
_LEAST = 12
_ROUND = 12
_DIGITS = 52
_MARGIN = 16
_PAPER = "#ffffff"
_NOTHING = "#e5e7eb"
# (cell, piece, digits): the colours of DOMAIN §3; the orange is light, to be told from the red by everybody.
COLOURS = (
    ("done_on_time", "#15803d", "#ffffff"),
    ("done_late", "#f59e0b", "#1f2937"),
    ("open_in_time", "#2563eb", "#ffffff"),
    ("overdue", "#dc2626", "#ffffff"),
)


def chart(cells: Cells) -> bytes:
    """Return a PNG of the four cells, the same for the same figures."""
    # Loaded by whoever draws: few processes do.
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(_DIGITS)
    pieces = [
        (getattr(cells, name), piece, digits) for name, piece, digits in COLOURS if getattr(cells, name)
    ]
    if not pieces:
        draw.rounded_rectangle((0, 0, WIDTH - 1, HEIGHT - 1), _ROUND, fill=_NOTHING)
    left = 0
    for (count, piece, digits), width in zip(pieces, widths([piece[0] for piece in pieces]), strict=True):
        draw.rounded_rectangle((left, 0, left + width - 1, HEIGHT - 1), _ROUND, fill=piece)
        told = grouped(count)
        if draw.textlength(told, font=font) + _MARGIN <= width:
            draw.text((left + width / 2, HEIGHT / 2), told, fill=digits, font=font, anchor="mm")
        left += width + _GAP
    written = BytesIO()
    picture.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()


def widths(counts: list[int]) -> list[int]:
    """Return how wide the pieces of a bar are, by their share; none is too narrow to be seen, together they fill it."""
    if not counts:
        return []
    room = WIDTH - _GAP * (len(counts) - 1) - _LEAST * len(counts)
    whole, passed, edge = sum(counts), 0, 0
    found = []
    for count in counts:
        passed += count
        found.append(_LEAST + room * passed // whole - edge)
        edge = room * passed // whole
    return found


def in_words(cells: Cells) -> str:
    """Return what the chart says to who does not see it: all its figures."""
    return _(
        "Biểu đồ: hoàn thành đúng hạn %(done_on_time)s, hoàn thành quá hạn %(done_late)s, chưa hoàn thành trong hạn"
        " %(open_in_time)s, chưa hoàn thành quá hạn %(overdue)s."
    ) % {name: grouped(getattr(cells, name)) for name, _piece, _digits in COLOURS}
