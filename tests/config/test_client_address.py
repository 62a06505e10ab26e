"""X-Forwarded-For is believed for exactly as many proxies as the installation names (H21)."""

import pytest
from django.test import RequestFactory, override_settings

from config import client

FORWARDED = "203.0.113.9, 198.51.100.2, 192.0.2.3"


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, FORWARDED, "10.0.0.1"),
        (1, FORWARDED, "192.0.2.3"),
        (2, FORWARDED, "198.51.100.2"),
        (1, "", "10.0.0.1"),
        (3, "192.0.2.3", "10.0.0.1"),
        (1, " , ", "10.0.0.1"),
    ],
)
def test_the_client_is_who_the_last_trusted_proxy_saw(rf: RequestFactory, proxies, header, expected):
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": header})
    with override_settings(TRUSTED_PROXIES=proxies):
        assert client.address(request) == expected
