"""Tokens open one door, name their rows to us only, and never grow old."""

import string

import pytest
from django.test import override_settings

from channels import links

MAKERS = {
    links.click_token: (7, 9),
    links.anonymous_token: (7,),
    links.opt_out_token: (9,),
    links.opt_in_token: (9,),
}
READERS = [links.read_click, links.read_opt_out, links.read_opt_in]


def test_each_token_is_read_back():
    assert links.read_click(links.click_token(7, 9)) == (7, 9)
    assert links.read_click(links.anonymous_token(7)) == (7, None)
    assert links.read_opt_out(links.opt_out_token(2**40)) == 2**40
    assert links.read_opt_in(links.opt_in_token(3)) == 3


def test_a_token_opens_one_door_only():
    doors = {links.click_token: links.read_click, links.anonymous_token: links.read_click}
    doors |= {links.opt_out_token: links.read_opt_out, links.opt_in_token: links.read_opt_in}
    for make, ids in MAKERS.items():
        for read in READERS:
            if read is not doors[make]:
                with pytest.raises(links.BadToken):
                    read(make(*ids))


def test_every_changed_added_or_dropped_character_is_noticed():
    token = links.opt_out_token(9)
    wrong = {token[:n] + c + token[n + 1 :] for n in range(len(token)) for c in string.ascii_letters + "-_="}
    wrong |= {token[:-1], token + "A", token + "=", token + "\n", " " + token, token.swapcase(), token[1:]}
    for text in wrong - {token}:
        with pytest.raises(links.BadToken):
            links.read_opt_out(text)


@pytest.mark.parametrize("text", ["", "A", "é" * 32, "A" * 22, "A" * 10_000, "..", "\0" * 32, "%00"])
def test_rubbish_is_refused(text):
    for read in READERS:
        with pytest.raises(links.BadToken):
            read(text)


def test_neighbours_have_nothing_in_common_and_all_are_short():
    tokens = [links.click_token(1, n) for n in range(200)]
    assert len(set(tokens)) == 200
    assert all(len(token) < 60 for token in tokens)
    assert len({token[:4] for token in tokens}) > 190
    assert len({token[-8:] for token in tokens}) > 190


def test_links_outlive_a_change_of_the_secret_key():
    token = links.click_token(7, 9)
    with override_settings(SECRET_KEY="a new one"):
        with pytest.raises(links.BadToken):
            links.read_click(token)
        assert links.click_token(7, 9) != token
    with override_settings(SECRET_KEY="a new one", SECRET_KEY_FALLBACKS=["only-for-tests"]):
        assert links.read_click(token) == (7, 9)
