"""The mails: each as its recipient sees it, what became of it, "gửi lại", and tomorrow's before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.views import ChangeList

from accounts.admin.base import signed_in
from accounts.admin.filters import ScopedRelatedFilter
from accounts.admin.search import find_folded
from accounts.clock import now, today
from accounts.models import User
from accounts.text import words
from directives import lists
from directives.admin.addresses import waiting
from directives.admin.export import ExportMixin
from directives.admin.export_columns import MESSAGE_COLUMNS, message_rows
from directives.admin.mail_sets import ACTS, MailSetPages
from directives.admin.mail_source import SourcePages, source
from directives.admin.progress import Chip
from directives.admin.restricted import log_opening
from directives.counters import addresses_waiting
from directives.models import Message
from directives.reminders.again import may_send_again, send_again
from directives.reminders.envelope import answers_to, sender, shown_html
from directives.reminders.faults import in_words, open_faults
from directives.reminders.window import window
from directives.reminders.wording import step_in_words, waits_for
from directives.tasks import send_soon
from steering.calendar import work_calendar
from steering.models import Committee
from steering.search import unit_ids

State = Message.State
CHIPS: dict[str, tuple[str, str]] = {
    State.QUEUED: ("none", "schedule_send"),
    State.SENT: ("done", "check_circle"),
    State.FAILED: ("overdue", "error"),
}
REMINDERS_SHOWN = 50
# Tabs: queued until the hours of sending begin; set aside because it may be what ends its senders.
HELD_BACK, SET_ASIDE = "held_back", "set_aside"
# How a mail may be looked at, by `?xem=`.
SHAPES: dict[str, Any] = {"": _("Như người nhận thấy"), "chu": _("Bản chữ thuần"), "nguon": _("Mã nguồn thư")}


def state_chip(message: Message) -> Chip:
    """Return how a mail's state looks."""
    tone, icon = CHIPS[message.state]
    return Chip(tone, icon, message.get_state_display())


class StateFilter(admin.SimpleListFilter):
    """The tabs above the list; not shown among the filters."""

    template = "admin/directives/no_filter.html"
    title = _("tình trạng")
    parameter_name = lists.PARAMETER
    CONDITIONS: dict[str, Q] = {
        "": Q(),
        State.QUEUED.value: Q(state=State.QUEUED),
        State.SENT.value: Q(state=State.SENT),
        HELD_BACK: Q(state=State.QUEUED, at_any_hour=False),
        lists.UNDELIVERED_NAME: lists.UNDELIVERED,
        # What senders took and never told of keeps its count; any other ending clears it.
        SET_ASIDE: Q(state=State.FAILED, abandoned__gt=0),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("", _("Tất cả")),
            (State.QUEUED.value, _("Chờ gửi")),
            (HELD_BACK, _("Chờ giờ gửi thư")),
            (State.SENT.value, _("Đã gửi")),
            (lists.UNDELIVERED_NAME, _("Không gửi được")),
            (SET_ASIDE, _("Để riêng")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        chosen = self.value() or ""
        if chosen == HELD_BACK:
            at, hours = now(), window()
            if hours is None or hours.is_open(at):
                return queryset.none()
            # Who is to be tried again later than the hours begin waits for that.
            queryset = queryset.filter(next_attempt_at__lte=hours.opens_at(at))
        return queryset.filter(self.CONDITIONS.get(chosen, Q()))

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = self.value() or ""
        for value, label in self.lookup_choices:
            address = changelist.get_query_string(
                {self.parameter_name: value} if value else {}, [self.parameter_name]
            )
            yield {"selected": value == chosen, "query_string": address, "display": label}


class MailList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        hours, at = window(), now()
        for message in self.result_list:
            message.waits = waits_for(message, at=at, window=hours)
        self.tabs = [
            tab for spec in self.filter_specs if isinstance(spec, StateFilter) for tab in spec.choices(self)
        ]


@admin.register(Message)
class MessageAdmin(ExportMixin, MailSetPages, SourcePages):
    export_columns = MESSAGE_COLUMNS
    export_rows = staticmethod(message_rows)
    list_display = ["on", "recipient_cell", "subject_cell", "state_cell", "sent_at"]
    list_display_links = ["subject_cell"]
    list_filter = [StateFilter, ("kind", ChoicesDropdownFilter), ("on", RangeDateFilter)]
    date_hierarchy = None
    change_list_template = "admin/directives/message/change_list.html"
    list_before_template = "admin/directives/message/before_list.html"
    search_fields = ["recipient_name"]
    search_help_text = _("Người nhận, đơn vị, địa chỉ thư")
    ordering = ["-composed_at", "-pk"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Above the mails stands what could not become one."""
        above = {
            "faults": in_words(open_faults(self.committees(request))),
            "addresses": waiting(addresses_waiting(signed_in(request), on=today())),
        }
        acts = ACTS if self.held(request).secretariat_of else {}
        return super().changelist_view(request, above | {"acts": acts} | (extra_context or {}))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """A tick before each mail for who may do something with several."""
        shown = [*super().get_list_display(request)]
        return ["tick_cell", *shown] if self.held(request).secretariat_of else shown

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The committee is asked for where there are several."""
        committees = self.committees(request)
        several = Committee.objects.count() > 1 if committees is None else len(committees) > 1
        return [*super().get_list_filter(request), *([("committee", ScopedRelatedFilter)] if several else [])]

    @display(description=_("Chọn"))
    def tick_cell(self, message: Message) -> SafeString:
        return format_html(
            '<input type="checkbox" name="chon" value="{}" form="mail-set" aria-label="{} {}">',
            message.pk,
            _("Chọn"),
            message.recipient_name,
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MailList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("text", "html", "image")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        """Find by people and units first: they are few, the mails many."""
        asked = search_term.strip()
        if not asked:
            return queryset, False
        people = find_folded(User.objects.order_by(), asked, "full_name", "username")
        found = Q(user__in=people.values("pk")) | Q(unit__in=unit_ids(words(asked)))
        found |= Q(user=None, unit=None, recipient_name__icontains=asked) | Q(address__icontains=asked)
        return queryset.filter(found), False

    @display(description=_("Người nhận"))
    def recipient_cell(self, message: Message) -> SafeString:
        return format_html(
            '<span class="case-wrap">{}<br><span class="case-quiet">{}</span></span>',
            message.recipient_name,
            message.address,
        )

    @display(description=_("Tiêu đề"))
    def subject_cell(self, message: Message) -> SafeString:
        return format_html('<span class="case-wrap">{}</span>', message.subject)

    @display(description=_("Tình trạng"))
    def state_cell(self, message: Message) -> SafeString:
        chip = state_chip(message).markup
        # What the list read at once for all of its rows.
        waits = getattr(message, "waits", "")
        return (
            format_html(
                '<span class="case-wrap">{}<br><span class="case-quiet">{}</span></span>', chip, waits
            )
            if waits
            else chip
        )

    # One mail

    def own_pages(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return [
            *self.preview_pages(),
            *self.set_pages(),
            *self.source_pages(),
            ("<int:pk>/gui-lai/", self.send_again_view, "send_again"),
        ]

    def page_rows(self, request: HttpRequest) -> QuerySet[Message]:
        return self.scope(request).select_related("committee", "resend_of")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        message: Message = self.seen(request, object_id)
        log_opening(request, message)
        reminders = message.reminders.select_related(
            "assignment__directive", "assignment__unit", "step", "occasion"
        )
        carried = list(reminders.order_by("due_on", "pk")[: REMINDERS_SHOWN + 1])
        copy = message.resends.first()
        shape = request.GET.get("xem", "")
        hours, calendar = window(), work_calendar()
        return self.page(
            request,
            "admin/directives/message/page.html",
            title=message.subject,
            trail=[(self.address("changelist"), _("Thư điện tử"))],
            message=message,
            shown={"html": shown_html(message), "text": message.text},
            chips=[state_chip(message)],
            sender=sender(message.committee),
            answers_to=answers_to(message.committee),
            events=message.events.select_related("by"),
            # What the system said in its own words, for who looks for the cause.
            technical=self.held(request).administrator or self.held(request).auditor,
            shapes=[(name, label, name == shape) for name, label in SHAPES.items()],
            shape=shape,
            source=source(message) if shape == "nguon" else "",
            waits=waits_for(message, at=now(), window=hours),
            reminders=[(row, step_in_words(row, workdays=calendar)) for row in carried[:REMINDERS_SHOWN]],
            more_reminders=len(carried) > REMINDERS_SHOWN,
            copy=copy,
            may_send_now=message.state == State.QUEUED
            and may_send_again(message, by=signed_in(request), at=now()),
            may_send_again=copy is None
            and message.state != State.QUEUED
            and may_send_again(message, by=signed_in(request), at=now()),
        )

    def send_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then queue a copy; nothing happens on GET. Who may only read the mail is not asked, either: 403."""
        message: Message = self.seen(request, pk)
        if not may_send_again(message, by=signed_in(request), at=now()):
            raise PermissionDenied

        def act(_fields: Any) -> str:
            copy = send_again(message=message, by=signed_in(request), at=now())
            send_soon()
            return self.home(copy)

        return self.dialog(
            request,
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=act,
            back=self.home(message),
            title=_("Gửi lại thư"),
            intro=_("Gửi lại nguyên văn thư “%(subject)s” cho %(name)s, tới địa chỉ hiện nay của người nhận.")
            % {"subject": message.subject, "name": message.recipient_name},
            button=_("Gửi lại"),
            done=_("Đã xếp thư vào hàng chờ gửi."),
            trail=[(self.address("changelist"), _("Thư điện tử")), (self.home(message), message.subject)],
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """A mail has no versions: what happened to it stands on its page."""
        raise Http404

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Nothing, as in `history_view`."""
        raise Http404
