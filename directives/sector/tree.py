"""The units: the ministry's, the Sở of the 34 provinces, hospitals, and what is below them (DOMAIN §2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice, product

from directives.sector.recorded import create
from steering import programme
from steering.models import Unit, UnitKind, UnitName, UnitParent

MINISTRY, PROVINCES = "byt", "syt"
SO_Y_TE = "so-y-te"
# What a Sở has, of ten units below it: hospitals and centres of its own, the rest under its centres.
TEN_BELOW = ("benh-vien", "trung-tam", *["tram-y-te"] * 8)
SPECIALITIES = (
    "Nhi", "Mắt", "Phụ sản", "Tim mạch", "Nội tiết", "Da liễu", "Phổi", "Răng Hàm Mặt", "Tai Mũi Họng", "Lão khoa",
    "Y học cổ truyền", "Châm cứu", "Huyết học", "Bệnh nhiệt đới", "Tâm thần", "Chỉnh hình", "Ung bướu", "Đa khoa",
)  # fmt: skip
FIRST_WORDS = (
    "Tân", "Bình", "Phú", "Long", "Vĩnh", "Thanh", "Hòa", "An", "Đông", "Tây", "Nam", "Xuân", "Quang", "Thạnh", "Trung",
    "Đại", "Hải", "Sơn", "Yên", "Minh", "Cẩm", "Kim", "Ngọc", "Diên", "Hưng", "Khánh", "Lộc", "Mỹ", "Phước", "Thới",
)  # fmt: skip
SECOND_WORDS = (
    "Lập", "Thuận", "Hòa", "An", "Thịnh", "Phong", "Lợi", "Hưng", "Mỹ", "Sơn", "Giang", "Lâm", "Tiến", "Đức", "Châu",
    "Thành", "Phúc", "Lạc", "Khê", "Trạch", "Quý", "Hiệp", "Thạnh", "Điền", "Bình", "Trung", "Phú", "Tân", "Xuân",
    "Hải",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A unit before it is made; `parent` is a code."""

    code: str
    name: str
    kind: str
    parent: str
    short_name: str = ""


def places(count: int, *, on: date) -> list[Place]:
    """Return so many units in their official order, a parent before its children; the same for the same count.

    A third of a small sector, and at most what DOMAIN §2 names, are the ministry's departments and the Sở; the first
    Sở has a quarter of what is left, up to 400 units (a twentieth where that is more).
    """
    departments = _departments(on)[: max(1, min(24, count // 6))]
    provinces = _provinces(on)[: max(1, min(34, count // 8))]
    hospitals = [
        Place(f"{MINISTRY}.bv{n}", f"Bệnh viện {name} Trung ương{'' if n <= len(SPECIALITIES) else f' cơ sở {n}'}",
              "benh-vien", MINISTRY)
        for n, name in enumerate(islice(cycle(SPECIALITIES), min(40, count // 30)), 1)
    ]  # fmt: skip
    own = [*departments, *hospitals]
    left = count - len(own) - len(provinces)
    first = max(left // len(provinces), min(left // 4, max(400, left // 20)))
    shares = [first, *_shared(left - first, len(provinces) - 1)] if len(provinces) > 1 else [left]
    found = own[:count]
    for province, share in zip(provinces, shares, strict=True):
        found += [province, *islice(_below(province), share)]
    return found[:count]


def _shared(total: int, among: int) -> list[int]:
    return [total // among + (n < total % among) for n in range(among)]


def _departments(on: date) -> list[Place]:
    return [
        Place(row.code, row.name, row.kind, MINISTRY, row.short_name)
        for row in programme.units()
        if row.parent == MINISTRY and row.exists_on(on)
    ]


def _provinces(on: date) -> list[Place]:
    return [
        Place(row.code, row.name, row.kind, PROVINCES, row.short_name)
        for row in programme.units()
        if row.parent == PROVINCES and row.exists_on(on)
    ]


def _below(province: Place) -> Iterator[Place]:
    """The units below a Sở, without end: a hospital, a centre, and eight stations of that centre, time and again."""
    area = province.short_name.removeprefix("Sở Y tế ")
    communes = product(range(1, 1000), SECOND_WORDS, FIRST_WORDS)
    for n in range(1, 10_000):
        centre = f"{province.code}.tt{n}"
        speciality = SPECIALITIES[(n - 1) % len(SPECIALITIES)]
        again = f" số {n}" if n > len(SPECIALITIES) else ""
        yield Place(
            f"{province.code}.bv{n}", f"Bệnh viện {speciality} {area}{again}", TEN_BELOW[0], province.code
        )
        yield Place(centre, f"Trung tâm Y tế khu vực {n} {area}", TEN_BELOW[1], province.code)
        for m in range(1, len(TEN_BELOW) - 1):
            round_, second, first = next(communes)
            which = f" {round_}" if round_ > 1 else ""
            name = f"Trạm Y tế xã {first} {second}{which}, {area}"
            yield Place(f"{centre}.x{m}", name, TEN_BELOW[2], centre)


def make_units(count: int, *, on: date) -> list[Unit]:
    """Make the units with names, parents and mailboxes; returns those that work is given to, in their order.

    The ministry and the group of the Sở come beside them and are given nothing. Call within `acting(…)`.
    """
    there = set(UnitKind.objects.values_list("code", flat=True))
    rows = [
        UnitKind(code=k.code, name=k.name, order=k.order) for k in programme.kinds() if k.code not in there
    ]
    create(UnitKind, rows)
    kinds = {kind.code: kind for kind in UnitKind.objects.all()}
    tops = [
        Place(row.code, row.name, row.kind, "")
        for row in programme.units()
        if row.code in (MINISTRY, PROVINCES)
    ]
    wanted = [*tops, *places(count, on=on)]
    made = create(
        Unit,
        (
            Unit(
                code=place.code,
                name=place.name,
                short_name=place.short_name,
                kind=kinds[place.kind],
                order=1000 + 10 * n,
                mailbox=f"{place.code.replace('.', '-')}@don-vi.example" if place.parent else "",
            )
            for n, place in enumerate(wanted)
        ),
    )
    by_code = {unit.code: unit for unit in made}
    create(UnitName, (UnitName(unit=unit, name=unit.name) for unit in made))
    create(
        UnitParent,
        (UnitParent(unit=by_code[p.code], parent=by_code[p.parent]) for p in wanted if p.parent),
    )
    return made[len(tops) :]
