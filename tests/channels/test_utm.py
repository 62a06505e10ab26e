"""UTM parameters stand behind what an author wrote, and take nothing from it."""

import pytest

from channels import utm

OURS = "utm_source=stammkunde&utm_medium=email&utm_campaign=advent"


@pytest.mark.parametrize(
    ("link", "made"),
    [
        ("https://a.example", f"https://a.example?{OURS}"),
        ("https://a.example/b?", f"https://a.example/b?{OURS}"),
        ("https://a.example/b?c=%C3%A4&d", f"https://a.example/b?c=%C3%A4&d&{OURS}"),
        ("https://a.example/b?c=1&", f"https://a.example/b?c=1&{OURS}"),
        ("https://a.example/b?c=1;d=2+3%20x", f"https://a.example/b?c=1;d=2+3%20x&{OURS}"),
        (
            "https://a.example/#stammkunde-coupon=AB-12",
            f"https://a.example/?{OURS}#stammkunde-coupon=AB-12",
        ),
        ("https://a.example/b?c=1#d?e=2&f", f"https://a.example/b?c=1&{OURS}#d?e=2&f"),
        (
            "https://a.example/?utm_source=own&utm_campaign=",
            "https://a.example/?utm_source=own&utm_campaign=&utm_medium=email",
        ),
        (
            "https://a.example/?" + OURS.replace("advent", "x"),
            "https://a.example/?" + OURS.replace("advent", "x"),
        ),
        ("https://bücher.example/straße", f"https://bücher.example/straße?{OURS}"),
    ],
)
def test_what_was_written_stays_as_it_was(link: str, made: str) -> None:
    assert utm.target(link, "stammkunde", "email", "advent") == made


@pytest.mark.parametrize(
    "link",
    [
        "mailto:post@a.example",
        "https://[::1",
        "javascript:alert(1)",
        "/sale",
        "",
        "https://a.example/" + "x" * 1970,  # it would be too long to be followed
    ],
)
def test_what_is_no_address_of_the_web_is_left_alone(link: str) -> None:
    assert utm.target(link, "stammkunde", "email", "advent") == link


def test_an_address_that_is_known_later_gets_the_parameters_of_the_link() -> None:
    given = f"https://shop.example/?x=1&{OURS}"
    assert utm.carried("https://shop.example/p/7#top", given) == f"https://shop.example/p/7?{OURS}#top"
    own = "https://shop.example/p/7?utm_source=own"
    assert utm.carried(own, given) == f"{own}&utm_medium=email&utm_campaign=advent"
    assert utm.carried("https://shop.example/p/7", "https://shop.example") == "https://shop.example/p/7"
    assert utm.carried("https://shop.example/p/7", "https://[::1") == "https://shop.example/p/7"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Großer Advent 2026", "grosser-advent-2026"),
        ("Wäsche & Möbel: -20 %", "waesche-moebel-20"),
        ("Été à Paris", "ete-a-paris"),
        (" 新年 ", "新年"),
        ("", ""),
    ],
)
def test_a_name_becomes_what_statistics_can_group(name: str, slug: str) -> None:
    assert utm.slug(name) == slug
