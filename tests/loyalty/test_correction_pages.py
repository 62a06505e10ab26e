"""Corrections by hand: a reason always, a second person for large ones, undone by bookings, points passed on."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry
from loyalty import books, corrections, reversals
from loyalty.corrections import Correction, NotAllowed
from loyalty.models import AdjustmentRequest, Entry, Program
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture
def program() -> Program:
    return points.program()


def correct(client: Client, customer_id: int, number: str, **fields: str) -> str:
    data = {"direction": "give", "points": number, "reason": "Parcel lost", "key": str(uuid4())} | fields
    url = f"{reverse('correction_create')}?customer={customer_id}"
    return client.post(url, data, follow=True).content.decode()


def balance(program: Program, customer_id: int) -> int:
    account = points.account(program, customer_id)
    return account.balance - account.debt


def green() -> bool:
    return all(verdict.green for verdict in books.check(NOON))


def test_a_small_correction_is_booked_at_once_and_once(program: Program, marketer: Client) -> None:
    anna, key = points.person(), str(uuid4())
    assert "Whose points is it about?" in marketer.get(reverse("correction_create")).content.decode()
    for _twice in range(2):
        assert "The correction is booked." in correct(marketer, anna, "50", key=key)
    assert "Nothing was booked now: open it anew." in correct(marketer, anna, "70", key=key)
    assert balance(program, anna) == 50
    assert "Parcel lost" in marketer.get(reverse("correction_list")).content.decode()
    assert AuditEntry.objects.filter(action="points.corrected").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " x "}, "Say in a few words why"),
        ({"points": "0"}, "greater than or equal to 1"),
        ({"direction": "burn"}, "Select a valid choice"),
    ],
)
def test_bad_input_is_said_and_nothing_is_booked(
    program: Program, marketer: Client, fields: dict[str, str], sentence: str
) -> None:
    assert sentence in correct(marketer, points.person(), fields.pop("points", "5"), **fields)
    assert not Entry.objects.exists()


def test_a_large_one_waits_for_somebody_else(program: Program, marketer: Client, sign_in: SignIn) -> None:
    anna, key = points.person(), str(uuid4())
    for _twice in range(2):
        assert "Waiting for a second person" in correct(marketer, anna, "900", key=key)
    asked = AdjustmentRequest.objects.get()
    decide = reverse("correction_decide", args=[asked.pk]) + "?verdict=book"
    assert marketer.post(decide).status_code == 403
    approver = sign_in("approver")
    assert "1 correction of points" in approver.get(reverse("today")).content.decode()
    assert "900 points for" in approver.get(decide).content.decode()
    assert "The correction is booked." in approver.post(decide, follow=True).content.decode()
    assert "decided this already" in approver.post(decide, follow=True).content.decode()
    assert (balance(program, anna), Entry.objects.count(), green()) == (900, 1, True)
    assert "correction of points" not in approver.get(reverse("today")).content.decode()


def test_nobody_confirms_what_she_asked_for_herself(program: Program, sign_in: SignIn) -> None:
    boss = sign_in("administrator")
    correct(boss, points.person(), "900")
    asked = AdjustmentRequest.objects.get()
    decide = reverse("correction_decide", args=[asked.pk]) + "?verdict=book"
    assert "another pair of eyes" in boss.get(decide).content.decode()
    assert "another pair of eyes" in boss.post(decide, follow=True).content.decode()
    assert not Entry.objects.exists()


def test_a_refused_one_books_nothing(program: Program, marketer: Client, sign_in: SignIn) -> None:
    correct(marketer, points.person(), "900")
    asked = AdjustmentRequest.objects.get()
    refuse = reverse("correction_decide", args=[asked.pk]) + "?verdict=refuse"
    assert "Refused lately" in sign_in("approver").post(refuse, follow=True).content.decode()
    assert not Entry.objects.exists()


def test_a_correction_is_taken_back_once(program: Program, marketer: Client) -> None:
    anna = points.person()
    correct(marketer, anna, "50", counts_for_tier="on")
    back = reverse("correction_reverse", args=[Entry.objects.get().pk])
    assert "Take this correction back?" in marketer.get(back).content.decode()
    assert "is taken back" in marketer.post(back, follow=True).content.decode()
    assert "taken back already" in marketer.post(back, follow=True).content.decode()
    assert "taken back already" in marketer.get(back).content.decode()
    assert (balance(program, anna), points.account(program, anna).lifetime, green()) == (0, 0, True)


def test_given_points_that_are_spent_are_owed_when_they_are_taken_back(program: Program) -> None:
    anna, maker = points.person(), UserFactory()
    entry = corrections.adjust(program, Correction(anna, 50, "lost", ("t", "1")), maker, NOON)
    points.spend(program, anna, 30)
    reversals.take_back(program, entry.entry_id, maker, NOON)  # type: ignore[union-attr, arg-type]
    account = points.account(program, anna)
    assert (account.balance, account.debt, green()) == (0, 30, True)


def test_taken_points_come_back_with_their_end_and_the_debt_is_gone(program: Program) -> None:
    anna, maker, ends = points.person(), UserFactory(), NOON + points.DAY * 9
    points.give(program, anna, 30, ends=ends)
    entry = corrections.adjust(program, Correction(anna, -50, "counted twice", ("t", "1")), maker, NOON)
    assert points.account(program, anna).debt == 20
    reversals.take_back(program, entry.entry_id, maker, NOON)  # type: ignore[union-attr, arg-type]
    account = points.account(program, anna)
    assert (account.balance, account.debt, green()) == (30, 0, True)
    assert set(account.lots.filter(remaining__gt=0).values_list("remaining", "expires_at")) == {(30, ends)}


def test_a_large_correction_is_undone_by_a_third_person_only(program: Program, sign_in: SignIn) -> None:
    anna, maker, checker = points.person(), UserFactory(), sign_in("approver")
    asked = corrections.adjust(program, Correction(anna, 900, "moved", ("t", "1")), maker, NOON)
    assert isinstance(asked, AdjustmentRequest)
    booked = corrections.decide(asked.pk, checker.user, True, NOON)  # type: ignore[attr-defined]
    for person in (maker, checker.user):  # type: ignore[attr-defined]
        with pytest.raises(NotAllowed):
            reversals.take_back(program, booked.entry_id, person, NOON)  # type: ignore[arg-type]
    third = sign_in("administrator")
    third.post(reverse("correction_reverse", args=[booked.entry_id]))
    assert (balance(program, anna), green()) == (0, True)


def test_a_lower_threshold_does_not_make_the_books_red(program: Program, sign_in: SignIn) -> None:
    anna, boss = points.person(), sign_in("administrator")
    correct(boss, anna, "400")
    settings = {"name": "P", "ready_after_days": "14", "expiry_months": "12", "rounding": "down"}
    settings |= {"time_zone": "UTC", "second_person_above": "100", "active": "on"}
    assert boss.post(reverse("program_edit"), settings).status_code == 302
    assert green()
    Program.objects.update(threshold_since=None)
    assert not green(), "else this test could not fail"


# --- The statement ---


def test_the_statement_says_what_each_booking_was_for_and_what_is_left(
    program: Program, marketer: Client
) -> None:
    anna = points.person()
    points.give(program, anna, 100, ends=NOON + points.DAY * 400)
    points.spend(program, anna, 30)
    correct(marketer, anna, "5")
    url = reverse("points_statement", args=[anna])
    page = marketer.get(url).content.decode()
    assert "corrected: Parcel lost" in page
    assert "+100" in page
    assert ">70<" in page  # left of the hundred
    only = marketer.get(url, {"kind": "spend"}).content.decode()
    assert "Parcel lost" not in only
    rows = b"".join(marketer.get(url, {"export": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert "corrected: Parcel lost" in rows
    assert (
        reverse("points_statement", args=[anna])
        in marketer.get(reverse("customer", args=[anna])).content.decode()
    )


def test_a_store_manager_sees_her_own_customers_points_only(program: Program, store_manager: Client) -> None:
    assert store_manager.get(reverse("points_statement", args=[points.person()])).status_code == 404


def test_points_are_passed_on_with_reason_and_dates(program: Program, marketer: Client) -> None:
    anna, berta = points.person(), CustomerFactory(first_name="Berta").pk
    ends = NOON + points.DAY * 3000
    points.give(program, anna, 100, ends=ends)
    url = reverse("points_transfer", args=[anna])
    assert "Who is to have points" in marketer.get(url).content.decode()
    send = f"{url}?to={berta}"
    data = {"points": "40", "reason": "Moved in together", "key": str(uuid4())}
    for _twice in range(2):
        assert "The points are passed on." in marketer.post(send, data, follow=True).content.decode()
    assert (balance(program, anna), balance(program, berta), green()) == (60, 40, True)
    assert Entry.objects.get(kind="transfer_in").lot.expires_at == ends
    again = marketer.post(send, data | {"points": "41"}, follow=True).content.decode()
    assert "Nothing was booked now: open it anew." in again
    more = {"points": "61", "reason": "Moved in together", "key": str(uuid4())}
    assert "not that many points" in marketer.post(send, more).content.decode()
    large = more | {"points": "501", "key": str(uuid4())}
    assert "confirms corrections" in marketer.post(send, large).content.decode()


def test_a_correction_below_what_was_earned_for_the_tier_says_so_at_its_field(
    program: Program, marketer: Client
) -> None:
    anna = points.person()
    correct(marketer, anna, "50", counts_for_tier="on")
    page = correct(marketer, anna, "60", direction="take", counts_for_tier="on")
    assert "more points that count for the tier than were ever earned" in page
    assert points.account(program, anna).lifetime == 50
