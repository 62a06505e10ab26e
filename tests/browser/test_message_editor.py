"""Writing a mail in a real browser: at a desk, on a phone, with keyboard and mouse."""

from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FrameLocator, Page, expect

from channels.models import Content, Message, Picture
from tests.channels import mails
from tests.factories import PASSWORD, CustomerFactory, ProductFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def message(settings: object, live_server: object) -> Message:
    settings.PUBLIC_URL = live_server.url  # type: ignore[attr-defined]
    return mails.message(mails.text("Hallo {{ first_name }}", "t1"), mails.button(number="b1"))


@pytest.fixture
def editor(page: Page, live_server: object, message: Message) -> Iterator[Page]:
    """The editor, signed in; the test fails for any error of a script or of the content policy."""
    faults: list[str] = []
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size({"width": 1360, "height": 900})
    user = UserFactory(in_role="marketer")
    page.goto(f"{live_server.url}/messages/{message.pk}/edit/")  # type: ignore[attr-defined]
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#message-editor")).to_be_visible()
    yield page
    assert not faults


def _mail(page: Page) -> FrameLocator:
    return page.frame_locator("[data-frames] iframe:not(.email-next)")


def _open(page: Page, block: str) -> None:
    page.locator(f"[data-block={block}] > details > summary").click()


def test_what_is_typed_is_saved_and_shown_in_the_preview(editor: Page, message: Message) -> None:
    _open(editor, "t1")
    editor.locator("#t1-text").fill("Guten Tag, ")
    editor.locator("[data-block=t1] [data-pick]").click()
    editor.get_by_role("button", name="Full name").click()
    expect(editor.locator("#t1-text")).to_have_value("Guten Tag, {{ full_name }}")
    expect(_mail(editor).get_by_text("Guten Tag, Anna Lindner")).to_be_visible()
    expect(editor.locator("#message-state")).to_contain_text("saved")
    editor.reload()
    _open(editor, "t1")
    expect(editor.locator("#t1-text")).to_have_value("Guten Tag, {{ full_name }}")


def test_blocks_are_added_filled_and_dragged(editor: Page, message: Message) -> None:
    mug = ProductFactory(names={"de": "Becher Nord"})
    editor.get_by_text("Add block").click()
    editor.get_by_role("button", name="Products", exact=True).click()
    with editor.expect_response(lambda response: "product_search=nord" in response.url):
        editor.get_by_placeholder("Add a product").fill("nord")
    editor.locator(".efound-line").click()
    expect(_mail(editor).get_by_text("Becher Nord")).to_be_visible()
    new = message.contents.get().blocks[2]
    assert (new["kind"], new["products"]) == ("products", [mug.pk])
    grip = editor.locator(f"[data-block='{new['id']}'] [data-grip]")
    with editor.expect_response(lambda response: response.url.endswith("/change/")):
        grip.drag_to(editor.locator("[data-block=t1] > details > summary"), target_position={"x": 60, "y": 4})
    expect(editor.locator(".eblock").first).to_have_attribute("data-block", new["id"])
    assert Content.objects.get().blocks[0]["products"] == [mug.pk]


def test_the_preview_is_hers_and_as_wide_as_a_phone(editor: Page) -> None:
    CustomerFactory(first_name="Ingrid", last_name="Öhler")
    editor.get_by_text("As an example customer").first.click()
    with editor.expect_response(lambda answer: "ohler" in answer.url):
        editor.get_by_placeholder("Name, e-mail or number").fill("ohler")
    editor.wait_for_timeout(200)  # she was in the list before, which the answer replaces under the pointer
    editor.get_by_role("button", name="Ingrid Öhler").click()
    expect(_mail(editor).get_by_text("Hallo Ingrid")).to_be_visible()
    expect(editor.locator("#preview-inbox")).to_contain_text("Hallo Ingrid")
    editor.get_by_role("button", name="Phone").click()
    assert editor.locator("iframe.email").evaluate("frame => frame.clientWidth") == 360


def test_a_second_language_begins_as_a_copy_on_a_phone(editor: Page, message: Message) -> None:
    editor.set_viewport_size({"width": 390, "height": 844})
    editor.locator(".elanguages summary").click()
    editor.get_by_label("Add language").select_option("en")
    editor.locator(".elanguages-list button").first.click()
    expect(editor.locator(".etab[aria-current]")).to_contain_text("English")
    assert message.contents.get(language="en").blocks[0]["text"] == "Hallo {{ first_name }}"
    width = editor.evaluate("document.documentElement.scrollWidth")
    assert width <= 390


def test_a_picture_is_uploaded_into_its_block_and_found_again(editor: Page, message: Message) -> None:
    editor.get_by_text("Add block").click()
    editor.get_by_role("button", name="Picture", exact=True).click()
    editor.get_by_role("button", name="Choose picture").click()
    dialog = editor.get_by_role("dialog", name="Pictures")
    expect(dialog.get_by_text("Nothing has been uploaded yet")).to_be_visible()
    choose = dialog.locator("input[type=file]")
    choose.set_input_files({"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    expect(dialog.get_by_role("alert")).to_contain_text("not a picture that we can read")
    made = BytesIO()
    Image.new("RGB", (320, 200), "teal").save(made, "PNG")
    choose.set_input_files({"name": "Teal.png", "mimeType": "image/png", "buffer": made.getvalue()})
    expect(dialog).to_be_hidden()
    address = Picture.objects.get().address
    expect(editor.locator(".picture-field input")).to_have_value(address)
    expect(_mail(editor).locator(f"img[src='{address}']")).to_be_visible()
    expect(editor.locator("#message-state")).to_contain_text("saved")
    assert message.contents.get().blocks[2]["address"] == address

    editor.get_by_role("button", name="Choose picture").click()
    dialog.get_by_role("searchbox").fill("tea")
    dialog.get_by_role("button", name="Teal").click()
    expect(dialog).to_be_hidden()
