"""A deadline's words and the date they mean (DOMAIN §3, Dates)."""

import unicodedata
from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directives.deadline_words import Reading, read_deadline
from steering.workdays import seed_calendar

CALENDAR = seed_calendar()
GIVEN_ON = date(2023, 4, 5)
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))


def read(words: str, given_on: date = GIVEN_ON) -> Reading:
    return read_deadline(words, given_on=given_on, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("words", "due_on"),
    [
        ("trước 1/7/2023", date(2023, 6, 30)),
        ("trước ngày 01 tháng 7 năm 2023", date(2023, 6, 30)),
        ("đến trước ngày 01/7/2023", date(2023, 6, 30)),
        ("trước 0 giờ ngày 01/7/2023", date(2023, 6, 30)),
        ("Hoàn thành trước 01/5/2023", date(2023, 4, 30)),
        ("trong ngày 30/6/2023", date(2023, 6, 30)),
        ("chậm nhất 30.06.2023", date(2023, 6, 30)),
        ("chậm nhất là ngày 30-6-2023", date(2023, 6, 30)),
        ("đến hết ngày 30/6/2023", date(2023, 6, 30)),
        ("không quá ngày 30/6/2023", date(2023, 6, 30)),
        ("đến 30/6/2023", date(2023, 6, 30)),
        ("trước 17 giờ 00 ngày 30/6/2023", date(2023, 6, 30)),
        ("trước 17h, thứ Sáu, ngày 30/6/2023", date(2023, 6, 30)),
        ("30/6/2023 17:00", date(2023, 6, 30)),
        ("1/7/23", date(2023, 7, 1)),
        ("2023-07-01", date(2023, 7, 1)),
        ("ngày 30/6", date(2023, 6, 30)),
        ("trong quý III", date(2023, 9, 30)),
        ("Quý III/2023", date(2023, 9, 30)),
        ("trong quý 3 năm 2023", date(2023, 9, 30)),
        ("quý tư năm 2023", date(2023, 12, 31)),
        ("trước quý III/2023", date(2023, 6, 30)),
        ("tháng 6/2023", date(2023, 6, 30)),
        ("trong tháng 6", date(2023, 6, 30)),
        ("tháng sáu năm 2023", date(2023, 6, 30)),
        ("6/2023", date(2023, 6, 30)),
        ("cuối tháng 6", date(2023, 6, 30)),
        ("cuối tháng", date(2023, 4, 30)),
        ("tháng 2/2024", date(2024, 2, 29)),
        ("hết quý", date(2023, 6, 30)),
        ("năm 2023", date(2023, 12, 31)),
        ("cuối năm", date(2023, 12, 31)),
        ("đến năm 2025", date(2025, 12, 31)),
        ("giai đoạn 2023 – 2025", date(2025, 12, 31)),
        ("6 tháng đầu năm", date(2023, 6, 30)),
        ("6 tháng cuối năm 2023", date(2023, 12, 31)),
        ("từ 01/6/2023 đến 30/6/2023", date(2023, 6, 30)),
        ("từ nay đến hết năm 2023", date(2023, 12, 31)),
        ("theo Quyết định 828/QĐ-BYT ngày 04/4/2022, trước 1/7/2023", date(2023, 6, 30)),
    ],
)
def test_a_date_or_period_is_read(words: str, due_on: date) -> None:
    reading = read(words)
    assert reading.due_on == due_on
    assert reading.understood
    assert not reading.standing
    assert f"{due_on:%d/%m/%Y}" in reading.how


@pytest.mark.parametrize(
    ("words", "due_on"),
    [
        ("trong 15 ngày làm việc", date(2023, 4, 26)),
        ("trong vòng 15 ngày", date(2023, 4, 20)),
        ("15 (mười lăm) ngày kể từ ngày ký", date(2023, 4, 20)),
        ("trong thời hạn 05 ngày làm việc kể từ ngày nhận được Quyết định 828/QĐ-BYT", date(2023, 4, 12)),
        ("15 ngày kể từ ngày 01/6/2023", date(2023, 6, 16)),
        ("15 ngày làm việc kể từ ngày ký (01/6/2023)", date(2023, 6, 22)),
        ("trong 2 tuần", date(2023, 4, 19)),
        ("trong 3 tháng kể từ ngày 30/11/2023", date(2024, 2, 29)),
        ("trong vòng 1 năm", date(2024, 4, 5)),
    ],
)
def test_a_duration_is_counted_from_the_day_given_or_named(words: str, due_on: date) -> None:
    assert read(words).due_on == due_on


def test_fifteen_working_days_end_fifteen_working_days_later() -> None:
    due_on = read("trong 15 ngày làm việc", date(2026, 1, 30)).due_on
    assert due_on is not None
    assert CALENDAR.working_days_between(date(2026, 1, 30), due_on) == 15
    assert due_on == date(2026, 2, 27)


def test_a_duration_ending_on_a_day_off_gets_a_hint_and_a_written_date_does_not() -> None:
    duration = read("trong 25 ngày")
    assert duration.due_on == date(2023, 4, 30)
    assert "04/05/2023" in duration.hint
    assert read("đến 30/4/2023").hint == ""
    assert read("trong 15 ngày làm việc").hint == ""


@pytest.mark.parametrize(
    "words", ["thường xuyên", "Hằng năm", "hàng tháng", "định kỳ hằng quý", "trước 30/6 hằng năm"]
)
def test_standing_work_has_no_date(words: str) -> None:
    reading = read(words)
    assert reading.standing
    assert reading.due_on is None


@pytest.mark.parametrize("words", ["", "  ", "tới đây", "trong thời gian tới", "không có thời hạn"])
def test_words_that_name_no_date_are_understood_as_none(words: str) -> None:
    reading = read(words)
    assert (reading.due_on, reading.standing, reading.understood) == (None, False, True)


@pytest.mark.parametrize(
    "words",
    [
        "báo cáo trước 30/6/2023 và hoàn thành trong quý IV",
        "đến năm 2025, định hướng đến năm 2030",
        "30/6/2023 hoặc 15/7/2023",
        "Quý III, IV/2023",
        "quý III-IV/2023",
        "tháng 5, 6/2023",
        "ngày 5 và 6/7/2023",
        "trước 30/6/2023, trong 15 ngày kể từ ngày ký",
        "15 ngày kể từ ngày ký, xong trước 30/6/2023",
        "thường xuyên trong năm 2023",
        "15 ngày kể từ ngày có hiệu lực",
        "15 ngày kể từ ngày ký kết hợp đồng",
        "trước 15 ngày",
        "5 ngày trước khi họp",
        "hoàn thành trước khi họp ngày 30/6/2023",
        "sau ngày 30/6/2023",
        "từ ngày 01/6/2023",
        "đầu tháng 6",
        "khoảng 30/6/2023",
        "15/8/2023 âm lịch",
        "tháng sáu",
        "hai tuần",
        "trong 24 giờ",
        "trong 99999 ngày",
        "0 ngày",
        "30.6",
        "45108",
        "42/2014/QĐ-TTg",
        "x" * 501,
    ],
)
def test_nothing_is_guessed(words: str) -> None:
    reading = read(words)
    assert (reading.due_on, reading.standing, reading.understood) == (None, False, False)
    assert reading.how


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("31/02/2023", "31/02/2023"),
        ("trước ngày 31/4", "31/04/2023"),
        ("7/13/2023", "07/13/2023"),
        ("29/2/2023", "29/02/2023"),
        ("tháng 13/2023", "tháng 13/2023"),
        ("quý 5/2023", "quý 5/2023"),
        ("31/12/9999", "31/12/9999"),
    ],
)
def test_what_no_calendar_has_is_named(words: str, named: str) -> None:
    reading = read(words)
    assert reading.due_on is None
    assert not reading.understood
    assert named in reading.how


def test_a_missing_year_is_the_one_that_comes_next_or_is_asked_for() -> None:
    assert "2023" in read("trước 1/7").hint
    assert read("trước 31/1", date(2023, 12, 20)).due_on == date(2024, 1, 30)
    assert read("quý I", date(2023, 12, 20)).due_on == date(2024, 3, 31)
    late = read("trước 1/7", date(2023, 7, 5))
    assert late.due_on is None
    assert "năm" in late.how
    # Due on the very day it is given is not past.
    assert read("30/6", date(2023, 6, 30)).due_on == date(2023, 6, 30)


def test_a_date_before_the_day_given_is_kept_with_a_hint() -> None:
    reading = read("trước 1/7/2022")
    assert reading.due_on == date(2022, 6, 30)
    assert "05/04/2023" in reading.hint


@given(
    DAYS,
    st.sampled_from(
        ["{d}/{m}/{y}", "{d:02}.{m:02}.{y}", "{d:02}-{m:02}-{y}", "ngày {d:02} tháng {m} năm {y}"]
    ),
)
def test_a_written_date_is_itself_and_before_it_is_the_day_before(day: date, form: str) -> None:
    written = form.format(d=day.day, m=day.month, y=day.year)
    for words in (written, f"trong {written}", f"chậm nhất {written}", f"Đến hết {written}."):
        assert read(words, date(2020, 1, 1)).due_on == day
    assert read(f"trước {written}", date(2019, 1, 1)).due_on == day - timedelta(days=1)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2020, 2040))
def test_the_day_always_comes_before_the_month(first: int, second: int, year: int) -> None:
    due_on = read(f"{first}/{second}/{year}").due_on
    exists = second <= 12 and first <= monthrange(year, second)[1]
    assert due_on == (date(year, second, first) if exists else None)


@given(DAYS, st.integers(1, 400))
def test_durations_agree_with_the_calendar(given_on: date, count: int) -> None:
    assert read(f"trong {count} ngày", given_on).due_on == given_on + timedelta(days=count)
    working = read(f"trong {count} ngày làm việc", given_on).due_on
    assert working == CALENDAR.add_working_days(given_on, count)


WORDS = "trước|sau|từ|đến|ngày|tháng|quý|năm|trong|cuối|đầu|tuần|kể từ|hằng|làm việc|ký|III|828/QĐ-BYT|17h"
MARKS = "0|1|2|13|31|99|2023|/|-|.|,|(|)"
PARTS = st.sampled_from(f"{WORDS}|{MARKS}".split("|"))


@given(st.lists(PARTS, max_size=9), st.sampled_from(["", " "]), DAYS)
def test_any_mixture_gives_a_reading_that_case_and_accents_do_not_change(
    parts: list[str], glue: str, given_on: date
) -> None:
    words = glue.join(parts)
    reading = read(words, given_on)
    assert reading.how
    assert not (reading.standing and reading.due_on)
    assert reading.understood or reading.due_on is None
    assert read(unicodedata.normalize("NFD", words), given_on) == reading
    assert read(words.upper(), given_on) == reading
    assert read(f"  {words}\n", given_on) == reading


@given(st.text(max_size=80), DAYS)
def test_any_text_at_all_gives_a_reading(words: str, given_on: date) -> None:
    assert read(words, given_on).how
