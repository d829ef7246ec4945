"""What a check can find, as data: the command prints it in English, the page tells it in the language of the screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# A check keeps as many findings; it counts all.
MOST_FINDINGS = 1000


class Kind(TextChoices):
    """The value is what the command prints, the label what the page says."""

    ROW_CHANGED = "row_changed", _("Dòng đã niêm phong bị sửa")
    ROW_REMOVED = "row_removed", _("Dòng đã niêm phong bị xóa")
    ROW_SLIPPED_IN = "row_slipped_in", _("Dòng bị chèn vào quá khứ")
    LIVE_DIFFERS = "live_differs", _("Dữ liệu hiện tại khác lịch sử")
    LIVE_UNRECORDED = "live_unrecorded", _("Dữ liệu hiện tại không có trong lịch sử")
    LIVE_GONE = "live_gone", _("Dữ liệu mất mà lịch sử không ghi việc xóa")
    SEAL_CHANGED = "seal_changed", _("Mã niêm phong không khớp nội dung của nó")
    SEAL_UNCHAINED = "seal_unchained", _("Mã niêm phong không nối tiếp mã trước")
    SEAL_ROWS_CHANGED = "seal_rows_changed", _("Danh sách dòng của mã niêm phong bị sửa")
    SEAL_MISSING = "seal_missing", _("Thiếu mã niêm phong")
    GIVEN_MISSING = "given_missing", _("Không có mã niêm phong đã đưa để đối chiếu")
    GIVEN_DIFFERS = "given_differs", _("Mã niêm phong khác mã đã đưa để đối chiếu")
    COLUMN_LOST = "column_lost", _("Bảng, cột đã niêm phong không còn mà không khai báo")


class Notice(TextChoices):
    """What could not be checked though nothing is wrong."""

    DROPPED = "dropped", _("Cột đã bỏ khi nâng cấp phần mềm, không kiểm tra được")
    # Until the next seal nothing can be said of rows recorded after this one.
    RESTORED = "restored", _("CSDL được phục hồi sang máy chủ khác sau mã niêm phong này; hãy niêm phong lại")


@dataclass(frozen=True)
class Finding:
    """`key` is the row's in `table`, `seal` the number of the seal concerned. `of` is the row whose version it is,
    `who` (a username) and `when` (UTC) tell of the row as it stands now; `columns` are those concerned."""

    kind: str
    table: str = ""
    key: int | None = None
    seal: int | None = None
    of: int | None = None
    who: str = ""
    when: str = ""
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = [self.table and (self.table if self.key is None else f"{self.table} {self.key}")]
        told += [f"of row {self.of}" if self.of is not None else "", ", ".join(self.columns)]
        told += [f"in seal {self.seal}" if self.seal is not None else ""]
        told += [f"says {self.who or 'nobody'}, {self.when}" if self.when else ""]
        return f"{self.kind}: " + "; ".join(part for part in told if part)


@dataclass
class Report:
    """What a check went through and found. `unsealed` are rows recorded since the last seal: none vouches for them yet.

    `last_seal` and `given_seal` are "number:hash".
    """

    seals: int = 0
    rows: int = 0
    unsealed: int = 0
    last_seal: str = ""
    given_seal: str = ""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)

    def add(self, kind: Kind, **fields: Any) -> None:
        """Count a finding, and keep it while there is room."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind.value, **fields))

    def note(self, kind: Notice, **fields: Any) -> None:
        """Keep what could not be checked."""
        self.notices.append(Finding(kind.value, **fields))

    def as_data(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        return asdict(self)
