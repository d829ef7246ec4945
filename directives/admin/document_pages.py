"""What the secretariat does to a document: enter and edit it, relate it, remove a wrong file, make it void."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import signed_in
from accounts.clock import now, today
from directives import services
from directives.access import visible_to
from directives.admin.document_forms import DocumentForm, RelationForm
from directives.admin.form_fields import ConfirmForm, ReasonForm, SeenForm
from directives.admin.pages import CaseAdmin, Text, bound
from directives.models import Document, DocumentRelation
from steering.models import Committee


class DocumentPages(CaseAdmin):
    """The forms and dialogs of a document."""

    def dialogs(self) -> list[tuple[str, Callable[..., HttpResponseBase], str]]:
        return [
            ("<int:object_id>/sua/", self.edit, "edit"),
            ("<int:object_id>/ban-hanh/", self.issue, "issue"),
            ("<int:object_id>/huy/", self.void, "void"),
            ("<int:object_id>/xoa-nhap/", self.delete_draft, "delete_draft"),
            ("<int:object_id>/lien-quan/", self.relate, "relate"),
            ("<int:object_id>/lien-quan/<int:relation_id>/go/", self.unrelate, "unrelate"),
            ("<int:object_id>/tep/<int:file_id>/go/", self.remove_file, "remove_file"),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Enter a document; it starts as a draft."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._form(request, Document(), title=_("Nhập văn bản"), done=_("Đã lưu văn bản."))

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Edit a document, an issued one with a reason; add files."""
        document = self.worked_on(request, object_id)
        return self._form(request, document, title=_("Sửa văn bản"), done=_("Đã lưu thay đổi."))

    def _form(self, request: HttpRequest, document: Document, *, title: Any, done: Any) -> HttpResponse:
        new = document.pk is None
        label = "" if new else document.label
        back = self.address("changelist") if new else self.home(document)
        committees = Committee.objects.filter(pk__in=self.held(request).secretariat_of)
        form = DocumentForm(instance=document, committees=committees, **bound(request))

        def save(data: Mapping[str, Any]) -> str:
            if not new:
                document.version = data.get("version") or 0
            services.save_document(
                document=document,
                by=signed_in(request),
                at=now(),
                reason=data.get("reason", ""),
                uploads=data["uploads"],
            )
            return self.home(document)

        trail: list[tuple[str, Text]] = [(self.address("changelist"), _("Văn bản"))]
        return self.dialog(
            request,
            form=form,
            act=save,
            back=back,
            title=title,
            button=_("Lưu văn bản"),
            done=done,
            trail=trail if new else [*trail, (back, label)],
            template="admin/directives/document/form.html",
        )

    def issue(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ghi nhận đã ban hành: a document that gives no directive, or gives them later."""
        document = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> None:
            services.issue_document(
                document=document, by=signed_in(request), at=now(), version=data["version"]
            )

        return self._about(
            request,
            document,
            form=SeenForm(initial={"version": document.version}, **bound(request)),
            act=act,
            title=_("Ghi nhận đã ban hành"),
            button=_("Ghi nhận đã ban hành"),
            done=_("Đã ghi nhận văn bản đã ban hành."),
            intro=_("Sau khi ghi nhận, sửa văn bản cần ghi lý do. Các nhiệm vụ nháp vẫn là nháp."),
        )

    def void(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Hủy: an issued document whose directives are all taken back."""
        document = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> None:
            services.void_document(document=document, by=signed_in(request), at=now(), reason=data["reason"])

        return self._about(
            request,
            document,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Hủy văn bản"),
            button=_("Hủy văn bản"),
            done=_("Đã hủy văn bản."),
            danger=True,
            intro=_("Văn bản vẫn còn trong danh sách với tình trạng “Hủy”; không thêm nhiệm vụ được nữa."),
        )

    def delete_draft(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Xóa nháp: a document entered by mistake, with nothing under it."""
        document = self.worked_on(request, object_id)

        def act(data: Mapping[str, Any]) -> str:
            services.delete_draft(draft=document, by=signed_in(request), at=now())
            return self.address("changelist")

        return self._about(
            request,
            document,
            form=ConfirmForm(**bound(request)),
            act=act,
            title=_("Xóa văn bản nháp"),
            button=_("Xóa nháp"),
            done=_("Đã xóa văn bản nháp."),
            danger=True,
            intro=_("Chỉ xóa được văn bản nháp chưa có nhiệm vụ, tệp hoặc văn bản liên quan."),
        )

    def relate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Thêm văn bản liên quan: thực hiện, sửa đổi, bổ sung, thay thế, bãi bỏ."""
        document = self.worked_on(request, object_id)
        documents = visible_to(request.user, Document, on=today()).exclude(pk=document.pk)
        form = RelationForm(documents=documents, held=self.held(request), **bound(request))

        def act(data: Mapping[str, Any]) -> None:
            services.relate_documents(
                document=document, kind=data["kind"], other=data["other"], by=signed_in(request), at=now()
            )

        return self._about(
            request,
            document,
            form=form,
            act=act,
            title=_("Thêm văn bản liên quan"),
            button=_("Thêm"),
            done=_("Đã thêm văn bản liên quan."),
            template="admin/directives/document/relate.html",
        )

    def unrelate(self, request: HttpRequest, object_id: int, relation_id: int) -> HttpResponse:
        """Take back a relation recorded by mistake."""
        document = self.worked_on(request, object_id)
        relation = get_object_or_404(
            DocumentRelation.objects.select_related("other"), pk=relation_id, document=document
        )

        def act(data: Mapping[str, Any]) -> None:
            services.unrelate_documents(
                relation=relation, by=signed_in(request), at=now(), reason=data["reason"]
            )

        return self._about(
            request,
            document,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Gỡ văn bản liên quan"),
            button=_("Gỡ"),
            done=_("Đã gỡ văn bản liên quan."),
            danger=True,
            intro=str(relation),
        )

    def remove_file(self, request: HttpRequest, object_id: int, file_id: int) -> HttpResponse:
        """Gỡ tệp: destroys the bytes of a wrong upload; name, who and why stay on the page."""
        document = self.worked_on(request, object_id)
        file = document.files.filter(pk=file_id, removed_at=None).first()
        if file is None:
            raise Http404

        def act(data: Mapping[str, Any]) -> None:
            services.remove_document_file(
                attachment=file, by=signed_in(request), at=now(), reason=data["reason"]
            )

        return self._about(
            request,
            document,
            form=ReasonForm(**bound(request)),
            act=act,
            title=_("Gỡ tệp"),
            button=_("Gỡ tệp"),
            done=_("Đã gỡ tệp."),
            danger=True,
            intro=_now("Tệp “%(name)s” sẽ bị xóa hẳn; tên tệp, người gỡ và lý do được giữ lại.")
            % {"name": file.name},
        )

    def _about(self, request: HttpRequest, document: Document, **dialog: Any) -> HttpResponse:
        trail: list[tuple[str, Text]] = [
            (self.address("changelist"), _("Văn bản")),
            (self.home(document), document.label),
        ]
        return self.dialog(request, back=self.home(document), trail=trail, **dialog)
