"""Contact lists: people by address, what is known stays, and consent comes only with its proof."""

from datetime import datetime
from pathlib import Path

import pytest

from channels import consent
from channels.models import Consent, Permission, Suppression
from channels.suppression import address_key
from customers import permissions
from customers.imports.faults import FileRefused
from customers.models import Customer, Identity, Origin
from tests.customers import importing
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
HEADER = "E-Mail;Name;Telefon;Newsletter;Nachweis;Datum der Einwilligung\n"
PROVEN = {
    "proven": True,
    "mapping": {
        "email": "E-Mail",
        "name": "Name",
        "phone": "Telefon",
        "permission_email": "Newsletter",
        "permission_proof": "Nachweis",
        "permission_given_at": "Datum der Einwilligung",
    },
}


def run(folder: Path, text: str, name: str = "contacts.csv", **told):
    return importing.run(folder, text, "contacts", name=name, **({"zone": "Europe/Berlin"} | told))


def allowed() -> dict[str, bool]:
    return dict(Permission.objects.order_by("customer__email").values_list("customer__email", "granted"))


def test_people_are_found_by_address_and_made_where_nobody_has_it(tmp_path: Path) -> None:
    anna = CustomerFactory(email="anna@example.org", first_name="Anna", last_name="", city="Linz")
    text = "email,first name,last name,city\nANNA@example.org,Hanna,Berg,Graz\nberta@example.org,Berta,,\n"
    job = run(tmp_path, text)
    anna.refresh_from_db()
    assert (anna.email, anna.first_name, anna.last_name, anna.city) == (
        "anna@example.org",
        "Anna",
        "Berg",
        "Linz",
    )
    berta = Customer.objects.get(email="berta@example.org")
    assert (berta.first_name, berta.acquisition_source) == ("Berta", "shop")
    assert not Identity.objects.filter(customer=berta).exists()
    assert importing.notices(job) == {"customers_made": 1, "contacts_filled": 1}
    again = run(tmp_path, text + "\n", name="other.csv")
    assert (again.imported, again.unchanged, Customer.objects.count()) == (0, 2, 2)


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        (" anna@example.org ", "anna@example.org"),
        ("Anna Berg <anna@example.org>", "anna@example.org"),
        ("mailto:anna@example.org", "anna@example.org"),
        ("anna@example.org;", "anna@example.org"),
    ],
)
def test_what_mail_programs_put_around_an_address_is_taken_off(
    tmp_path: Path, cell: str, address: str
) -> None:
    run(tmp_path, f'email,city\n"{cell}",Linz\n')
    assert Customer.objects.get().email == address


@pytest.mark.parametrize(
    "cell", ["anna@", "anna(at)example.org", "anna@example", "anna@@example.org", "anna example.org", "keine"]
)
def test_an_address_with_a_slip_refuses_its_line_only(tmp_path: Path, cell: str) -> None:
    job = run(tmp_path, f"email,city\n{cell},Linz\nb@example.org,Linz\n")
    assert (job.imported, importing.reasons(job)) == (1, {2: "email"})
    assert job.rejections.get().value == cell


def test_repeated_lines_make_one_person_and_the_first_counts(tmp_path: Path, settings) -> None:
    text = "email,city\na@example.org,Linz\nA@example.org,Graz\nb@example.org,Wien\na@example.org,Steyr\n"
    job = run(tmp_path, text)
    assert dict(Customer.objects.values_list("email", "city")) == {
        "a@example.org": "Linz",
        "b@example.org": "Wien",
    }
    assert importing.notices(job)["contacts_repeated"] == 2
    Customer.objects.all().delete()
    settings.IMPORT_CHUNK_LINES = 1
    run(tmp_path, text, name="b.csv", mapping={"email": "email", "city": "city"}, language="de")
    assert dict(Customer.objects.values_list("email", "city")) == {
        "a@example.org": "Linz",
        "b@example.org": "Wien",
    }


def test_without_proof_only_refusals_are_taken_over(tmp_path: Path) -> None:
    text = (
        HEADER
        + "a@example.org;A;;ja;Messe Linz, Liste 4;1.3.2026\n"
        + "b@example.org;B;;Opt-Out;;\n"
        + "c@example.org;C;;abgemeldet;;\n"
        + "d@example.org;D;;vielleicht;;\n"
    )
    job = run(tmp_path, text)
    assert "permission_proof" not in job.options["mapping"]
    assert allowed() == {"b@example.org": False, "c@example.org": False}
    assert importing.reasons(job) == {5: "permission"}
    assert importing.notices(job)["permissions_grant_ignored"] == 1


def test_a_proof_must_have_been_looked_at(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        run(
            tmp_path,
            HEADER + "a@example.org;A;;ja;Messe Linz, Liste 4;1.3.2026\n",
            **(PROVEN | {"proven": False}),
        )
    assert refused.value.code == "unproven"


def test_with_proof_and_day_a_consent_is_recorded_as_of_that_day(tmp_path: Path) -> None:
    text = (
        HEADER
        + "a@example.org;A;;ja;Messe Linz, Liste 4;1.3.2026\n"
        + "b@example.org;B;;ja;;1.3.2026\n"
        + "c@example.org;C;;ja;Messe Linz, Liste 4;\n"
        + "d@example.org;D;;ja;ja;1.3.2026\n"
        + "e@example.org;E;;ja;Messe Linz, Liste 4;1.3.2027\n"
        + "f@example.org;F;;nein;Messe Linz, Liste 4;1.3.2026\n"
    )
    job = run(tmp_path, text, **PROVEN)
    assert allowed() == {"a@example.org": True, "f@example.org": False}
    statement = Consent.objects.get(state="granted")
    assert statement.basis == "import"
    assert statement.stated_at == datetime.fromisoformat("2026-02-28T23:00+00:00")
    assert statement.evidence == {
        "source": "shop",
        "file": "contacts.csv",
        "line": 2,
        "proof": "Messe Linz, Liste 4",
        "given_at": "2026-02-28T23:00:00+00:00",
    }
    assert Consent.objects.get(state="withdrawn").stated_at == importing.AT
    counts = importing.notices(job)
    assert (
        counts["permissions_granted"],
        counts["permissions_grant_ignored"],
        counts["permissions_recorded"],
    ) == (1, 4, 1)
    assert consent.check_permissions() == []


def test_a_newer_opt_out_and_a_suppression_beat_a_proven_consent(tmp_path: Path) -> None:
    anna = CustomerFactory(email="a@example.org")
    no = permissions.Stated(anna.pk, "email", False, datetime.fromisoformat("2026-06-01T00:00+00:00"))
    permissions.state([no], importing.AT, Origin.LIVE)
    Suppression.objects.create(
        channel="email", address_key=address_key("email", "b@example.org"), reason="objection"
    )
    lines = "".join(f"{name}@example.org;;;ja;Messe Linz, Liste 4;1.3.2026\n" for name in "ab")
    run(tmp_path, HEADER + lines, **PROVEN)
    assert allowed() == {"a@example.org": False, "b@example.org": True}
    assert Suppression.objects.count() == 1


def test_of_a_yes_and_a_no_for_one_address_the_no_holds(tmp_path: Path) -> None:
    yes, no = "a@example.org;A;;ja;Messe Linz, Liste 4;22.11.2026\n", "A@example.org;A;;nein;;\n"
    run(tmp_path, HEADER + yes + no, **PROVEN)
    assert list(allowed().values()) == [False]


def test_an_address_that_several_share_is_refused_for_all_and_granted_to_nobody(tmp_path: Path) -> None:
    for address in ("family@example.org", "couple@example.org"):
        CustomerFactory(email=address)
        CustomerFactory(email=address)
    text = HEADER + "family@example.org;X;;nein;;\ncouple@example.org;X;;ja;Messe Linz, Liste 4;1.3.2026\n"
    job = run(tmp_path, text, **PROVEN)
    assert (
        list(Permission.objects.values_list("customer__email", "granted"))
        == [("family@example.org", False)] * 2
    )
    counts = importing.notices(job)
    assert (counts["permissions_shared"], counts["contacts_shared"]) == (2, 2)
    assert not Customer.objects.filter(attributes__has_key="name").exists()


def test_the_customers_file_takes_proofs_too(tmp_path: Path) -> None:
    text = "number,email,newsletter,proof,consent date\n1,a@example.org,yes,web form 2026 double opt-in,2026-03-01\n"
    mapping = {"number": "number", "email": "email", "permission_email": "newsletter"}
    proof = {"permission_proof": "proof", "permission_given_at": "consent date"}
    importing.run(tmp_path, text, "customers", name="c.csv", zone="UTC", proven=True, mapping=mapping | proof)
    assert allowed() == {"a@example.org": True}
