"""A dirty contact list in the browser: tried out, imported, its refused lines corrected and uploaded again."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from channels.models import Permission
from customers import tasks
from customers.models import Customer, ImportJob
from tests.browser.test_customer_doors import DESK, PHONE, fits, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Written by a spreadsheet program of old (Windows-1252), with slips, repeats, two opt-outs and a cell too few.
LIST = (
    "E-Mail;Vorname;Nachname;Telefon;Newsletter\r\n"
    "anna.müßig@example.org;Anna;Müßig;0511 9876543;ja\r\n"
    "Jürgen Groß <juergen@example.org>;Jürgen;Groß;;Opt-In\r\n"
    "berta(at)example.org;Berta;;;ja\r\n"
    "carla@example;Carla;;;ja\r\n"
    "JUERGEN@example.org;Jürgen;;;ja\r\n"
    "dora@example.org;Dora;;12;ja\r\n"
    "emil@example.org;Emil;;;abgemeldet\r\n"
    "fritz@example.org;Fritz;;;nein\r\n"
    "gerda@example.org;Gerda;;;vielleicht\r\n"
    "hans@example.org;Hans\r\n"
).replace("anna.müßig@", "anna@")


@pytest.fixture
def worker(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args, **more: tasks.run_import(*args))


def upload(page: Page, url: str, path: Path) -> None:
    page.goto(f"{url}/imports/new/")
    page.get_by_label("Contact list").check()
    page.get_by_label("File", exact=False).set_input_files(path)
    page.get_by_label("Where it comes from").fill("summer market")
    page.get_by_role("button", name="Upload").click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_refused_lines_are_corrected_and_uploaded_again(
    page: Page, live_server: Any, worker: None, tmp_path: Path, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, live_server.url, "en")
    dirty = tmp_path / "fair.csv"
    dirty.write_bytes(LIST.encode("cp1252"))
    upload(page, live_server.url, dirty)

    expect(page.get_by_text("its consents are not taken over, since nothing proves them")).to_be_visible()
    expect(page.get_by_label("Newsletter")).to_have_value("permission_email")
    assert fits(page)
    page.get_by_role("button", name="Try out first").click()
    expect(page.get_by_text("Of 10 lines, 5 would be imported, 5 refused.")).to_be_visible()
    assert not Customer.objects.exists()

    page.get_by_role("button", name="Import 5 lines").click()
    expect(
        page.get_by_text("Of 10 lines, 5 were imported, 0 changed nothing, 5 were refused.")
    ).to_be_visible()
    for words in ("is not an e-mail address", "is not a phone number", "is neither yes nor no"):
        expect(page.get_by_role("cell", name=words).first).to_be_visible()
    expect(page.get_by_text("without proof: they are not written to")).to_be_visible()
    assert fits(page)
    assert sorted(Customer.objects.values_list("email", "last_name")) == [
        ("anna@example.org", "Müßig"),
        ("emil@example.org", ""),
        ("fritz@example.org", ""),
        ("juergen@example.org", "Groß"),
    ]
    refused = {"emil@example.org": False, "fritz@example.org": False}
    assert dict(Permission.objects.values_list("customer__email", "granted")) == refused

    with page.expect_download() as download:
        page.get_by_role("link", name="Download the refused lines").click()
    mended = tmp_path / "mended.csv"
    mended.write_text(correct(download.value.path().read_text("utf-8-sig")), newline="")
    upload(page, live_server.url, mended)
    expect(page.get_by_text("This is a file of refused lines")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(
        page.get_by_text("Of 5 lines, 5 were imported, 0 changed nothing, 0 were refused.")
    ).to_be_visible()
    assert Customer.objects.count() == 9
    assert Customer.objects.get(email="dora@example.org").phone == "+49511123456"
    assert dict(Permission.objects.values_list("customer__email", "granted")) == refused
    assert not ImportJob.objects.get(file_name="fair.csv").rejections.filter(resolved_by=None).exists()


def correct(text: str) -> str:
    """What somebody does with the file in a spreadsheet."""
    header, *lines = csv.reader(io.StringIO(text))
    mended = [[cell.replace("(at)", "@").replace("vielleicht", "ja") for cell in line] for line in lines]
    for line in mended:
        line += [""] * (len(header) - len(line))
        line[4] += ".org" if line[4] == "carla@example" else ""
        line[7] = "0511 123456" if line[7] == "12" else line[7]
    written = io.StringIO()
    csv.writer(written).writerows([header, *mended])
    return written.getvalue()
