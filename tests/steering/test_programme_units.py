"""The units and the committee of the programme add up (DOMAIN §2)."""

from collections import Counter
from datetime import date

from django.core.validators import validate_slug

from accounts.text import nfc
from steering.models import Seat
from steering.programme import UnitRow, committee, kinds, successions, units

UNITS = {unit.code: unit for unit in units()}
SO_Y_TE = [unit for unit in units() if unit.kind == "so-y-te"]
BEFORE_THE_MERGER, AFTER_IT = date(2025, 6, 30), date(2025, 7, 1)

IN_OFFICIAL_ORDER = (
    "Hà Nội, Hải Phòng, Huế, Đà Nẵng, TP. Hồ Chí Minh, Cần Thơ, Cao Bằng, Tuyên Quang, Điện Biên, Lai Châu, "
    "Sơn La, Lào Cai, Thái Nguyên, Lạng Sơn, Quảng Ninh, Bắc Ninh, Phú Thọ, Hưng Yên, Ninh Bình, Thanh Hóa, "
    "Nghệ An, Hà Tĩnh, Quảng Trị, Quảng Ngãi, Gia Lai, Khánh Hòa, Đắk Lắk, Lâm Đồng, Đồng Nai, Tây Ninh, "
    "Đồng Tháp, Vĩnh Long, An Giang, Cà Mau"
)


def existing(rows: list[UnitRow], on: date) -> list[UnitRow]:
    return sorted((unit for unit in rows if unit.exists_on(on)), key=lambda unit: unit.order)


def ancestors(unit: UnitRow) -> list[str]:
    return [unit.parent, *ancestors(UNITS[unit.parent])] if unit.parent else []


def test_63_so_y_te_became_34() -> None:
    assert len(existing(SO_Y_TE, date(2023, 4, 5))) == 63
    assert len(existing(SO_Y_TE, BEFORE_THE_MERGER)) == 63
    remaining = existing(SO_Y_TE, AFTER_IT)
    assert ", ".join(unit.short_name.removeprefix("Sở Y tế ") for unit in remaining) == IN_OFFICIAL_ORDER
    assert len(SO_Y_TE) - len(remaining) == 29


def test_each_merged_so_y_te_has_one_answering_successor_and_stays_where_it_was() -> None:
    merged = [unit for unit in SO_Y_TE if unit.valid_until]
    assert {unit.valid_until for unit in merged} == {BEFORE_THE_MERGER}
    rows = [row for row in successions() if row.takes_effect_on == AFTER_IT]
    assert Counter(row.from_unit for row in rows) == {unit.code: 1 for unit in merged}
    assert all(row.answering and row.basis for row in rows)
    assert all(UNITS[row.to_unit].exists_on(BEFORE_THE_MERGER) for row in rows)
    assert all(UNITS[row.to_unit].exists_on(AFTER_IT) for row in rows)
    # Those that took others: 52 of the 63 went into 23; 11 were left alone.
    assert len({row.to_unit for row in rows}) + len(rows) == 52
    assert "syt.danang" in {row.to_unit for row in rows if row.from_unit == "syt.quangnam"}


def test_the_dissolved_cuc_went_to_two_units_and_neither_answers() -> None:
    rows = [row for row in successions() if row.from_unit == "byt.cuccntt"]
    assert {row.to_unit for row in rows} == {"byt.cuckhcndt", "byt.ttttytqg"}
    assert not any(row.answering for row in rows)


def test_a_succession_begins_the_day_after_the_unit_ends() -> None:
    for row in successions():
        ended = UNITS[row.from_unit].valid_until
        assert ended is not None
        assert (row.takes_effect_on - ended).days == 1, row


def test_hue_was_renamed_half_a_year_before_the_merger() -> None:
    hue = UNITS["syt.hue"]
    old, new = hue.names
    assert old.name == "Sở Y tế tỉnh Thừa Thiên Huế"
    assert (old.valid_until, new.valid_from) == (date(2024, 12, 31), date(2025, 1, 1))
    assert new.name == hue.name


def test_no_so_y_te_is_below_the_ministry() -> None:
    assert all(ancestors(unit) == ["syt"] for unit in SO_Y_TE)
    assert UNITS["syt"].parent is None


def test_only_units_named_in_the_material_existed_in_2023() -> None:
    ministry = [unit for unit in units() if unit.parent == "byt"]
    later = [unit for unit in ministry if unit.valid_from]
    assert {unit.valid_from for unit in later} == {date(2025, 3, 1)}
    assert len(existing(ministry, date(2023, 4, 5))) == 10
    # NĐ 42/2025 lists 19 (5 vụ, the office, 10 cục and 3 more), of which the material names 6.
    assert len(later) == 19 - 6


def test_outsiders_are_outside_the_sector() -> None:
    outside = {unit.code for unit in units() if not unit.in_sector}
    assert outside == {"vpcp", "vpcp.ksthc", "btttt", "bgddt", "bhxh", "vnpt", "viettel"}


def test_codes_orders_and_references_are_sound() -> None:
    rows = units()
    assert len(UNITS) == len(rows)
    assert len({unit.order for unit in rows}) == len(rows)
    assert {unit.kind for unit in rows} <= {kind.code for kind in kinds()}
    seen: set[str] = set()
    for unit in rows:
        assert unit.parent is None or unit.parent in seen, "a parent comes before its children"
        seen.add(unit.code)
        validate_slug(unit.code.replace(".", "-"))
        assert unit.names[-1].name == unit.name
        assert nfc(unit.name, one_line=True) == unit.name
    for row in successions():
        assert {row.from_unit, row.to_unit} <= seen
    for kind in kinds():
        validate_slug(kind.code)


def test_the_kinds_are_those_of_the_field() -> None:
    assert ", ".join(kind.name for kind in kinds()) == (
        "Bộ, Vụ, Cục, Thanh tra, Văn phòng, Viện, Trường, Bệnh viện, Sở Y tế, Trung tâm, Trạm y tế, "
        "Doanh nghiệp, Ủy ban nhân dân, Báo, Khác"
    )


def test_the_committee_has_27_seats_and_six_published_names() -> None:
    seats = committee().seats
    assert [seat.protocol_order for seat in seats] == list(range(1, 28))
    assert Counter(Seat.Role(seat.role) for seat in seats) == {
        Seat.Role.CHAIR: 1,
        Seat.Role.STANDING_VICE_CHAIR: 1,
        Seat.Role.VICE_CHAIR: 3,
        Seat.Role.STANDING_MEMBER: 1,
        Seat.Role.MEMBER: 21,
    }
    held = [seat for seat in seats if seat.person]
    assert len(held) == 6
    assert all(seat.unit in UNITS and seat.post for seat in held)
    assert {seat.role for seat in seats if not seat.person} == {"member"}


def test_an_academic_title_is_no_part_of_a_name() -> None:
    titled = {seat.person: seat.academic_title for seat in committee().seats if seat.academic_title}
    assert titled == {"Trần Văn Thuấn": "GS.TS"}
