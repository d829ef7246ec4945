"""*Gửi ngay* and *Gửi lại* for several mails: a page that states how many, to whom and what is left out, then done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.admin.base import signed_in
from accounts.clock import now
from directives.admin.mail_preview import PreviewPages
from directives.reminders.again import (
    Choice,
    failed_to_send_again,
    send_failed_again,
    send_now,
    sendable_now,
)
from directives.tasks import send_soon

MOST = 2000
NAMED = 100
_CHOSEN = re.compile(r"\A\d{1,18}\Z")


@dataclass(frozen=True)
class Act:
    """What may be done with several mails: `would` tells of which, `do` does it."""

    title: str | Promise
    intro: str | Promise
    done: Any
    would: Callable[..., Choice]
    do: Callable[..., Choice]


ACTS: dict[str, Act] = {
    "gui-ngay": Act(
        title=_("Gửi ngay"),
        intro=_("Các thư đang chờ sẽ được gửi ngay, kể cả ngoài giờ gửi thư và ngày nghỉ."),
        done=ngettext_lazy("Đã cho gửi ngay %(count)d thư.", "Đã cho gửi ngay %(count)d thư.", "count"),
        would=sendable_now,
        do=send_now,
    ),
    "gui-lai": Act(
        title=_("Gửi lại"),
        intro=_("Các thư không gửi được sẽ được gửi lại nguyên văn, tới địa chỉ hiện nay của người nhận."),
        done=ngettext_lazy(
            "Đã xếp %(count)d thư vào hàng chờ gửi.", "Đã xếp %(count)d thư vào hàng chờ gửi.", "count"
        ),
        would=failed_to_send_again,
        do=send_failed_again,
    ),
}


class MailSetPages(PreviewPages):
    """The page for several mails; only for secretariats."""

    def set_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        """Return the page's route, view and name."""
        return [("nhieu/", self.set_view, "set")]

    def set_view(self, request: HttpRequest) -> HttpResponse:
        """Step one: the mails ticked in the list (or all of it). Step two: do it, in one transaction, and tell how many
        were done and how many were left out meanwhile. Nothing happens on GET."""
        if not self.held(request).secretariat_of:
            raise PermissionDenied
        act = ACTS.get(request.POST.get("viec", ""))
        if request.method != "POST" or act is None:
            return self._to_list(request, _("Hãy chọn việc cần làm với các thư đã chọn."))
        deciding = "chosen" in request.POST
        ids = self._chosen(request) if deciding else self._ticked(request)
        if not ids:
            return self._to_list(request, _("Chưa chọn thư nào."))
        if len(ids) > MOST:
            words = _now("Mỗi lần làm được nhiều nhất %(most)d thư; hãy lọc bớt.") % {"most": MOST}
            return self._to_list(request, words)
        if deciding:
            return self._do(request, act, ids)
        rows = self.scope(request).filter(pk__in=ids).select_related("committee").order_by("pk")
        choice = act.would(rows.defer("text", "html"), by=signed_in(request), at=now())
        return self._ask(request, act, choice)

    def _ask(self, request: HttpRequest, act: Act, choice: Choice) -> HttpResponse:
        back = self._list_address(request)
        return self.page(
            request,
            "admin/directives/message/set.html",
            title=act.title,
            trail=[(back, _("Thư điện tử"))],
            back=back,
            act=act,
            viec=request.POST["viec"],
            count=len(choice.mails),
            chosen=",".join(str(mail.pk) for mail in choice.mails),
            mails=choice.mails[:NAMED],
            more=max(0, len(choice.mails) - NAMED),
            left_out=choice.left_out[:NAMED],
            left_out_count=len(choice.left_out),
            more_left_out=max(0, len(choice.left_out) - NAMED),
        )

    def _do(self, request: HttpRequest, act: Act, ids: list[int]) -> HttpResponse:
        seen = list(self.scope(request).filter(pk__in=ids).order_by().values_list("pk", flat=True))
        choice = act.do(messages=seen, by=signed_in(request), at=now())
        send_soon()
        messages.success(request, act.done % {"count": len(choice.mails)})
        left_out = len(ids) - len(choice.mails)
        if left_out:
            words = _now("Bỏ qua %(count)d thư vì tình trạng đã thay đổi: %(reasons)s.") % {
                "count": left_out,
                "reasons": "; ".join(sorted({row.why for row in choice.left_out})) or "–",
            }
            messages.warning(request, words)
        return HttpResponseRedirect(self._list_address(request))

    def _to_list(self, request: HttpRequest, words: str | Promise) -> HttpResponse:
        if request.method == "POST":
            messages.warning(request, str(words))
        return HttpResponseRedirect(self._list_address(request))

    def _list_address(self, request: HttpRequest) -> str:
        query = request.META.get("QUERY_STRING", "")
        return self.address("changelist") + (f"?{query}" if query else "")

    def _ticked(self, request: HttpRequest) -> list[int]:
        """The mails ticked on the page, or, with `tat_ca`, all of the list that the address describes; one more than
        may be chosen at most."""
        rows = self.scope(request)
        if request.POST.get("tat_ca"):
            rows = self.get_changelist_instance(request).queryset
        else:
            rows = rows.filter(pk__in=_numbers(request.POST.getlist("chon")))
        return list(rows.order_by("pk").values_list("pk", flat=True)[: MOST + 1])

    def _chosen(self, request: HttpRequest) -> list[int]:
        return _numbers(request.POST["chosen"].split(","))[: MOST + 1]


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if _CHOSEN.match(value)]
