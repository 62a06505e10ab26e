"""Pictures: uploaded, encoded anew, served by us, chosen in the editor."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from channels import pictures
from channels.models import Picture
from channels.pictures import NotAPicture

pytestmark = pytest.mark.django_db


def file(
    image: Image.Image, kind: str = "JPEG", name: str = "Becher.jpg", **options: object
) -> SimpleUploadedFile:
    made = BytesIO()
    image.save(made, kind, **options)
    return SimpleUploadedFile(name, made.getvalue())


def taken_at_home() -> SimpleUploadedFile:
    """A phone's picture: turned by a mark, with the place where it was taken."""
    image = Image.linear_gradient("L").resize((400, 200)).convert("RGB")
    marks = Image.Exif()
    marks[0x0112] = 6  # to be turned by a quarter
    marks.get_ifd(0x8825)[1] = "N"
    return file(image, exif=marks.tobytes())


def shown(picture: Picture) -> Image.Image:
    return Image.open(BytesIO(bytes(picture.data)))


def test_a_photo_is_turned_upright_and_tells_no_place() -> None:
    picture = pictures.store(taken_at_home(), None)
    assert (picture.kind, picture.width, picture.height) == ("jpeg", 200, 400)
    assert not shown(picture).getexif()
    assert b"Exif" not in bytes(picture.data)


def test_large_ones_are_scaled_down() -> None:
    picture = pictures.store(file(Image.new("RGB", (4000, 1000), "teal")), None)
    assert (picture.width, picture.height) == (1600, 400) == shown(picture).size


@pytest.mark.parametrize(
    ("mode", "colour", "kind"),
    [
        ("RGBA", (0, 90, 80, 0), "png"),
        ("RGBA", (0, 90, 80, 255), "jpeg"),
        ("P", 3, "jpeg"),
        ("CMYK", 0, "jpeg"),
    ],
)
def test_only_what_shines_through_is_a_png(mode: str, colour: object, kind: str) -> None:
    written = "TIFF" if mode == "CMYK" else "PNG"
    image = Image.new(mode, (20, 20), colour)  # type: ignore[arg-type]
    upload = file(image, "JPEG" if written == "TIFF" else written)
    assert pictures.store(upload, None).kind == kind


def test_the_same_picture_is_kept_once() -> None:
    first, second = (pictures.store(file(Image.new("RGB", (9, 9), "red")), None) for _each in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a picture"),
        (b"\xff\xd8\xff\xe0 and no more", "not a picture"),
        (b"GIF89a<script>", "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_mend(data: bytes, reason: str) -> None:
    with pytest.raises(NotAPicture, match=reason):
        pictures.store(SimpleUploadedFile("x.jpg", data), None)


def test_a_picture_that_unpacks_to_gigabytes_is_never_unpacked() -> None:
    """Its size stands in the first bytes: 900 million pixels in 100 kB."""
    bomb = file(Image.new("1", (30_000, 30_000)), "PNG", "bomb.png")
    assert bomb.size < 200_000
    with pytest.raises(NotAPicture, match="too many pixels"):
        pictures.store(bomb, None)
    with pytest.raises(NotAPicture, match="too large: 9000 x 9000"):
        pictures.store(file(Image.new("1", (9_000, 9_000)), "PNG"), None)


def test_too_many_bytes_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_BYTES", 2_000_000)
    with pytest.raises(NotAPicture, match="more than 2 MB"):
        pictures.store(SimpleUploadedFile("x.jpg", b"\0" * 2_000_001), None)


def test_a_cut_off_file_is_refused() -> None:
    whole = file(Image.effect_noise((300, 300), 80).convert("RGB")).read()
    with pytest.raises(NotAPicture):
        pictures.store(SimpleUploadedFile("x.jpg", whole[: len(whole) // 2]), None)


def test_everybody_can_fetch_it_and_keep_it_for_ever(client: Client) -> None:
    picture = pictures.store(taken_at_home(), None)
    answer = client.get(picture.get_absolute_url())
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer.content == bytes(picture.data)
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    again = client.get(picture.get_absolute_url(), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(picture.get_absolute_url().replace("jpeg", "png")).status_code == 404


def test_staff_upload_and_find_it_again(marketer: Client) -> None:
    page = marketer.post("/pictures/upload/", {"file": taken_at_home()})
    picture = Picture.objects.get()
    assert f'data-picture="{picture.address}" data-picture-new' in page.content.decode()
    assert picture.address in marketer.get("/pictures/").content.decode()
    assert picture.address in marketer.get("/pictures/", {"q": "bech"}).content.decode()
    assert "No picture has this" in marketer.get("/pictures/", {"q": "teller"}).content.decode()


def test_a_wrong_file_is_a_sentence_and_the_others_stay(marketer: Client) -> None:
    known = pictures.store(taken_at_home(), None)
    page = marketer.post(
        "/pictures/upload/", {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")}
    ).content.decode()
    assert "This is not a picture that we can read" in page
    assert known.address in page
    assert "Choose a file first" in marketer.post("/pictures/upload/").content.decode()
