"""Customer files: upsert by number, checked fields, attributes, and consent that can only shrink."""

from datetime import date
from pathlib import Path

import pytest

from channels.models import Consent, Permission
from customers import permissions
from customers.imports.columns import Batch, ImportColumn, import_columns
from customers.models import Customer, Dirty, Identity, Origin
from customers.signals import people_changed
from tests.customers import importing
from tests.factories import CustomerFactory, StoreFactory

pytestmark = pytest.mark.django_db
HEADER = "Kundennummer;E-Mail;Telefon;Anrede;Vorname;Nachname;Sprache;Land;PLZ;Ort;Geburtstag\n"


def run(folder: Path, text: str, **told):
    return importing.run(folder, text, "customers", name="people.csv", **({"zone": "Europe/Berlin"} | told))


def one(number: str, source: str = "shop") -> Customer:
    return Identity.objects.select_related("customer").get(source=source, number=number).customer


def test_profiles_are_made_with_every_field_checked_and_normalised(tmp_path: Path) -> None:
    job = run(
        tmp_path,
        HEADER
        + "4711;Anna@Example.org;+43 1 5130000;Frau;Anna  Maria;Öztürk;Deutsch;Österreich;01099;Linz;3.4.85\n",
    )
    anna = one("4711")
    assert (job.imported, importing.notices(job)["customers_made"]) == (1, 1)
    assert (anna.email, anna.salutation, anna.first_name, anna.last_name) == (
        "Anna@Example.org",
        "ms",
        "Anna Maria",
        "Öztürk",
    )
    assert (anna.language, anna.country, anna.postal_code, anna.city) == ("de", "AT", "01099", "Linz")
    assert anna.birthday == date(1985, 4, 3)
    assert anna.acquisition_source == "shop"


@pytest.mark.parametrize(
    ("number", "country", "stored"),
    [
        ("0511 9876543", "DE", "+495119876543"),
        ("+44 20 7946 0018", "", "+442079460018"),
        ("01 5130000", "AT", "+4315130000"),
    ],
)
def test_phone_numbers_become_international(tmp_path: Path, number: str, country: str, stored: str) -> None:
    run(tmp_path, f"number,phone,country\n1,{number},{country}\n")
    assert one("1").phone == stored


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("email", "anna@", "email"),
        ("email", '"anna@example.org\nBcc: x@example.org"', "email"),
        ("phone", "12", "phone"),
        ("salutation", "Firma", "salutation"),
        ("language", "Klingonisch", "language"),
        ("country", "Atlantis", "country"),
        ("birthday", "31.2.1990", "date"),
        ("birthday", "1.1.2027", "future"),
        ("time_zone", "Europe/Entenhausen", "zone"),
        ("home_store", "404", "store"),
        ("postal_code", "1234567890123", "too_long"),
        ("newsletter", "perhaps", "permission"),
    ],
)
def test_a_faulty_field_refuses_its_line_only(tmp_path: Path, header: str, cell: str, reason: str) -> None:
    job = run(tmp_path, f"number,{header}\n1,\n2,{cell}\n3,\n")
    assert importing.reasons(job) == {3: reason}
    assert Identity.objects.filter(number__in=["1", "3"]).count() == 2


def test_the_second_statement_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, "number,first name,city,Shoe size\n1,Anna,Linz,39\n", **attribute())
    job = run(tmp_path, "number,first name,city,Shoe size\n1,,Graz,\n2,Berta,,\n", **attribute())
    anna = one("1")
    assert (anna.first_name, anna.city, anna.attributes) == ("Anna", "Graz", {"shoe": "39"})
    assert importing.notices(job) == {"customers_made": 1, "customers_changed": 1}
    same = run(tmp_path, "number,first name,city,Shoe size\n1,Anna,Graz,39\n", **attribute())
    assert (same.imported, same.unchanged) == (0, 1)


def attribute() -> dict[str, dict[str, str]]:
    mapping = {"number": "number", "first_name": "first name", "city": "city", "attribute:shoe": "Shoe size"}
    return {"mapping": mapping}


def test_two_lines_of_one_number_are_one_customer_and_the_later_wins(tmp_path: Path) -> None:
    run(tmp_path, "number,city,first name\n1,Linz,Anna\n1,Graz,\n")
    assert (one("1").city, one("1").first_name) == ("Graz", "Anna")
    assert Customer.objects.count() == 1


def test_an_equal_address_does_not_make_two_people_one(tmp_path: Path) -> None:
    CustomerFactory(email="family@example.org")
    run(tmp_path, "number,email\n1,family@example.org\n2,family@example.org\n")
    assert Customer.objects.filter(email="family@example.org").count() == 3


def test_numbers_are_known_by_source(tmp_path: Path) -> None:
    run(tmp_path, "number,city\n1,Linz\n")
    importing.finish(importing.begin(importing.file(tmp_path, "number,city\n1,Graz\n"), "customers", "till"))
    assert (one("1").city, one("1", "till").city) == ("Linz", "Graz")


def test_home_stores_are_found_by_number(tmp_path: Path) -> None:
    store = StoreFactory(number="12")
    run(tmp_path, "number,Stammfiliale\n1,12\n")
    assert one("1").home_store == store


def test_erased_people_stay_erased_and_merged_ones_are_found(tmp_path: Path) -> None:
    winner = CustomerFactory(city="Linz")
    for number, fields in (
        ("7", {"merged_into": winner}),
        ("8", {"erased_at": importing.AT, "first_name": ""}),
    ):
        Identity.objects.create(customer=CustomerFactory(**fields), source="shop", number=number)
    job = run(tmp_path, "number,city,first name\n7,Graz,Anna\n8,Graz,Berta\n")
    winner.refresh_from_db()
    assert winner.city == "Graz"
    assert one("8").first_name == ""
    assert importing.reasons(job) == {3: "erased"}


def test_changed_people_are_marked_and_told_of(tmp_path: Path) -> None:
    heard: list[list[int]] = []

    def listen(ids, **said) -> None:
        heard.append(ids)

    people_changed.connect(listen)
    try:
        run(tmp_path, "number,city\n1,Linz\n2,Graz\n")
        run(tmp_path, "number,city\n1,Linz\n2,Wien\n")
    finally:
        people_changed.disconnect(listen)
    both, changed = {one("1").pk, one("2").pk}, one("2").pk
    assert [set(ids) for ids in heard] == [both, {changed}]
    assert sorted(Dirty.objects.values_list("customer_id", flat=True)) == sorted([*both, changed])


def test_an_import_can_only_narrow_consent(tmp_path: Path) -> None:
    run(tmp_path, "number,email\n1,a@example.org\n2,b@example.org\n")
    for number in ("1", "2"):
        yes = permissions.Stated(one(number).pk, "email", True, importing.AT)
        permissions.state([yes], importing.AT, Origin.DEMO)
    job = run(tmp_path, "number,Newsletter\n1,nein\n2,ja\n3,ja\n")
    allowed = dict(Permission.objects.values_list("customer__identities__number", "granted"))
    assert allowed == {"1": False, "2": True}
    assert importing.notices(job)["permissions_recorded"] == 1
    assert importing.notices(job)["permissions_grant_ignored"] == 2
    proof = Consent.objects.get(state="withdrawn")
    assert proof.evidence | {"source": "shop", "file": "people.csv", "line": 2} == proof.evidence


def test_another_app_can_add_a_column(tmp_path: Path) -> None:
    seen: list[Batch] = []

    class Shoe(ImportColumn):
        key = "shoe"
        label = "Shoe size"
        words = "schuhgröße"

        def parse(self, text, options):
            return int(text)

        def write(self, batch):
            seen.append(batch)
            batch.counts["customers_shod"] = len(batch.rows)

    import_columns.register(Shoe)
    try:
        job = run(tmp_path, "number;Schuhgröße\n1;39\n2;\n3;41\n")
    finally:
        import_columns._plugins.pop("shoe")
    assert [batch.rows for batch in seen] == [[(one("1").pk, 39, 2), (one("3").pk, 41, 4)]]
    assert importing.notices(job)["customers_shod"] == 2


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    text = "number,city\n1,Linz\n2,Graz\n"
    run(tmp_path, text)
    Customer.objects.update(city="Wien")
    again = run(tmp_path, text)
    assert (again.imported, again.unchanged) == (0, 2)
    assert one("1").city == "Wien"


def test_the_same_file_read_otherwise_is_read_again(tmp_path: Path) -> None:
    text = "number,city\n1,Linz\n"
    run(tmp_path, text)
    run(tmp_path, text, mapping={"number": "number", "first_name": "city"})
    assert (one("1").city, one("1").first_name) == ("Linz", "Linz")
