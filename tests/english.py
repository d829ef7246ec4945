"""English words on a page for Vietnamese readers."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Words that themes and frameworks bring along. Names, codes and addresses hold none of them.
ENGLISH = re.compile(
    r"\b(add|and|apply|are|cancel|change|changed|choose|clear|close|continue|created|date|delete|deleted|edit|"
    r"email|error|every|filters?|from|groups?|history|home|item|items|loading|log|login|name|new|next|none|of|"
    r"page|password|permissions?|please|previous|record|remove|reset|results?|run|save|search|select|selected|"
    r"show|sign|staff|status|submit|superuser|the|this|time|toggle|type|unknown|update|user|username|value|view|"
    r"welcome|with|yes|you|your)\b",
    re.IGNORECASE,
)
# As a mail writes it out.
_URL = re.compile(r"https?://\S+")
SHOWN_ATTRIBUTES = ("title", "placeholder", "aria-label", "alt", "data-label")
NEVER_SHOWN = ("script", "style", "template")
VOID = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")


class Reader(HTMLParser):
    """Collects what a reader sees or hears of a page: its texts and the attributes that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # The theme draws icons by their English names.
        icon = "material-symbols" in (given.get("class") or "")
        if tag not in VOID and (self.hidden or tag in NEVER_SHOWN or icon):
            self.hidden += 1
            return
        self.shown += [value for name in SHOWN_ATTRIBUTES if (value := given.get(name))]
        if given.get("type") in ("submit", "button"):
            self.shown.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and tag not in VOID:
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.shown.append(data)


def words_shown(page: str) -> str:
    """Return what a page's HTML shows or says aloud."""
    reader = Reader()
    reader.feed(page)
    return " ".join(reader.shown)


def english_in(page: str) -> set[str]:
    """Return the English words that a page's HTML shows."""
    told = _URL.sub("", words_shown(page))
    return {match.group(0).lower() for match in ENGLISH.finditer(told)}
