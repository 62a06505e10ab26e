"""No open redirect: a link leads to an http(s) address that every browser reads the same way, or nowhere."""

import pytest
from django.test import Client
from django.urls import reverse

from channels import links, targets
from channels.models import Link
from tests.channels.people import customer, sent

BAD = [
    "",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " https://shop.example",
    "https://shop.example/ x",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://shop.example",
    "mailto:a@b.org",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https://shop.example\\@evil.example",
    "https://shop.example@evil.example",
    "https://user:password@evil.example/",
    "https://",
    "https://.",
    "https://?x",
    "https://#x",
    "https://shop.example:99999/",
    "https://shop.example:x/",
    "https://[::1",
    "https://shop.example\n.evil.example",
    "https://shop\r\nSet-Cookie: a=b",
    "https://shop.example\0",
    "https://shop.example\u202egro.live",
    "https://exa\u2100mple.org",
    "https://shop.example\u3000evil",
    "https://" + "a" * 64 + ".example",
    "https://a..b.example",
    "https://shop.example/" + "x" * 2000,
    "shop.example",
    "/local/path",
    "?next=https://evil.example",
]
GOOD = [
    "https://shop.example",
    "http://shop.example:8080/a/b?c=d&e=%20f#g",
    "HTTPS://SHOP.EXAMPLE/",
    "https://bücher.example/straße?q=ä",
    "https://xn--bcher-kva.example/",
    "https://shop.example/a@b",
    "https://shop.example/?next=https://other.example//x",
    "http://127.0.0.1:8000/demo/products/1/",
    "https://[2001:db8::1]/x",
]


@pytest.mark.parametrize("url", BAD)
def test_is_not_a_target(url):
    assert not targets.is_safe(url)


@pytest.mark.parametrize("url", GOOD)
def test_is_a_target(url):
    assert targets.is_safe(url)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//evil.example", "https://shop.example\\@evil.example"]
)
def test_a_bad_target_that_got_into_the_table_is_never_followed(url):
    delivery = sent(customer(), url=url)
    token = links.click_token(Link.objects.get().pk, delivery.pk)
    response = Client().get(reverse("click", args=[token]))
    assert response.status_code == 404
    assert "Location" not in response


@pytest.mark.django_db
def test_nothing_in_the_request_changes_the_target():
    delivery = sent(customer())
    token = links.click_token(Link.objects.get().pk, delivery.pk)
    response = Client().get(reverse("click", args=[token]) + "?next=https://evil.example&url=//evil.example")
    assert response["Location"] == "https://shop.example/sale"
