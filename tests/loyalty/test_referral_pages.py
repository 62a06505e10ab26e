"""The pages of referrals: her own, the door behind the link, the till, the list, the rules, the customer's page."""

import json
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from channels import links
from customers import personalisation
from customers.models import ApiKey, Customer
from customers.tracking import keys
from loyalty.coupons import batches
from loyalty.models import Referral, ReferralCode, ReferralTerms
from loyalty.referrals import codes, rewarding, rules
from tests.channels import people
from tests.factories import CustomerFactory, StoreFactory, UserFactory
from tests.loyalty import coupons, points, referrals, tills
from tests.loyalty.points import NOON
from tests.loyalty.referrals import LATER, buy, claim, code, member, newcomer, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def program():
    caches["limits"].clear()
    yield points.program()
    caches["limits"].clear()


def own_page(client, customer):
    token = links.preferences_token(people.sent(customer).pk)
    return client.get(reverse("own_points", args=[token])).content.decode()


def test_her_own_page_has_her_code_and_a_text_to_pass_on(client):
    publish()
    berta = CustomerFactory(language="en", email="berta@example.org")
    shown = own_page(client, berta)
    code = ReferralCode.objects.get(customer=berta)
    assert code.label in shown
    assert f"/invite/{code.text}/" in shown
    assert "for €20.00 or more, you get 500 points and the new customer 200 points" in shown
    assert own_page(client, berta).count(code.label) == shown.count(code.label)


def test_without_a_running_programme_nobody_is_asked_to_recommend(client):
    publish(active=False)
    assert "Recommend us" not in own_page(client, CustomerFactory(language="en", email="b@example.org"))
    assert not ReferralCode.objects.exists()


def test_the_door_says_what_is_given_and_leads_into_the_shop_with_the_code(client):
    publish()
    key = ApiKey(name="pages", kind="browser", source="shop", origins=["https://www.shop.example"])
    keys.make(key, UserFactory(), timezone.now())
    text = code(member())
    answer = client.get(reverse("referral_door", args=[text]), headers={"accept-language": "en"})
    shown = answer.content.decode()
    assert "your welcome is 200 points" in shown
    assert "Set-Cookie" not in answer
    assert answer["Referrer-Policy"] == "no-referrer"
    token = shown.split("https://www.shop.example/#stammkunde-referral=")[1].split('"')[0]
    opened = codes.opened(unquote(token), timezone.now())
    assert opened is not None
    assert opened.code == text


def test_the_door_is_the_same_for_a_code_that_nobody_has(client):
    publish()
    text = code(member())
    shown, other = (
        client.get(reverse("referral_door", args=[each])).content.decode() for each in (text, "NOBODY77")
    )
    label = codes.of([ReferralCode.objects.get().pk], NOON)[ReferralCode.objects.get().pk].label
    assert shown.replace(label, "") == other.replace("N0B0-DY77", "")


def test_a_coupon_is_told_to_customers_by_what_it_takes_off(client):
    pool = coupons.coupon(kind="pool")
    batches.make(batches.order(pool, 1, NOON).pk, NOON)
    publish(**referrals.for_codes(welcome=pool))
    shown = client.get(reverse("referral_door", args=["ABCD"]), headers={"accept-language": "en"})
    assert "a coupon: 10% off" in shown.content.decode()
    assert pool.name not in shown.content.decode()


def test_who_tries_many_codes_at_the_door_is_held_back(client):
    publish()
    answers = [client.get(reverse("referral_door", args=[f"TRY{n}"])).status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


# --- The till ---


@pytest.fixture
def till(client):
    store = StoreFactory()
    client.force_login(tills.staff(store))
    return client


def sign_up(client, **fields):
    data = {"last_name": "Neu", "email": "nele@example.org", "language": "de"} | fields
    return client.post(reverse("till_sign_up"), data, follow=True).content.decode()


def test_at_the_till_she_names_who_recommended_her(till):
    publish()
    berta = member()
    assert "She is signed up." in sign_up(till, referral=code(berta))
    made = Referral.objects.get()
    assert (made.referrer, made.recommended.email, made.source) == (berta, "nele@example.org", "till")


def test_a_mistyped_code_is_said_at_its_field_and_nobody_is_made(till):
    publish()
    assert "There is no such referral code" in sign_up(till, referral="NOSUCH")
    assert not Customer.objects.filter(email="nele@example.org").exists()


def test_who_may_not_be_recommended_is_signed_up_all_the_same_and_told_why(till):
    publish()
    berta = member(phone="+49511123456")
    text = code(berta)
    shown = sign_up(till, email="other@example.org", phone="0511 123456", referral=text)
    assert "The recommendation does not count: Nobody can recommend herself." in shown
    assert not Referral.objects.exists()


def test_while_nobody_can_be_recommended_the_till_does_not_ask(till):
    publish(active=False)
    assert "Recommended by" not in till.get(reverse("till_sign_up")).content.decode()
    assert "She is signed up." in sign_up(till, referral="whatever")


# --- Staff ---


def rewarded():
    made = claim(member(last_name="Geber"), nina := newcomer(last_name="Nehmer"))
    buy(nina)
    rewarding.sweep(LATER)
    return made


def test_the_list_shows_each_with_its_state_and_all_in_figures(marketer):
    publish()
    rewarded()
    claim(member(), newcomer(last_name="Wartet"))
    shown = marketer.get(reverse("referral_list")).content.decode()
    for words in ("Berta Geber", "Nina Nehmer", "rewarded", "waits for the order", "€30.00"):
        assert words in shown
    assert "Nina Nehmer" not in marketer.get(reverse("referral_list"), {"state": "claimed"}).content.decode()


def test_the_list_is_searched_by_either_side_and_by_code_and_taken_out(marketer):
    publish()
    made = rewarded()
    claim(member(), newcomer(last_name="Wartet"))
    for text in ("Geber", "Nehmer", code(made.referrer)):
        shown = marketer.get(reverse("referral_list"), {"q": text}).content.decode()
        assert "Nina Nehmer" in shown
        assert "Wartet" not in shown
    out = b"".join(marketer.get(reverse("referral_list"), {"export": "csv"}).streaming_content).decode()
    assert "Berta Geber" in out
    assert "30.00" in out


def test_who_may_not_see_names_sees_initials(analyst):
    publish()
    rewarded()
    shown = analyst.get(reverse("referral_list")).content.decode()
    assert "Geber" not in shown
    assert "B. G." in shown


def test_marketing_sets_the_rules_and_each_version_is_remembered(marketer, program):
    assert "No rules yet" in marketer.get(reverse("referral_rules")).content.decode()
    pool = coupons.coupon(kind="pool")
    asked = {
        "active": "on",
        "giver": "points",
        "giver_points": "300",
        "welcome": "coupon",
        "welcome_points": "77",
        "welcome_coupon": pool.pk,
        "least": "25,00",
        "return_days": "14",
        "claim_days": "30",
        "most_per_year": "10",
    }
    marketer.post(reverse("referral_rules_edit"), asked | {"least": "25"})
    made = ReferralTerms.objects.get()
    assert (made.giver_points, made.welcome_points, made.welcome_coupon, made.least_value) == (
        300,
        None,
        pool,
        2500,
    )
    marketer.post(reverse("referral_rules_edit"), asked | {"least": "25"})
    assert ReferralTerms.objects.count() == 1
    marketer.post(
        reverse("referral_rules_edit"), asked | {"least": "25", "giver_points": "400", "active": ""}
    )
    shown = marketer.get(reverse("referral_rules")).content.decode()
    for words in (
        "400 points (before: 300 points)",
        "switched off",
        "the first order, of €25.00 and more",
        "a code of “Herbst”",
    ):
        assert words in shown
    assert rules.newest(program).version == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"giver_points": ""}, "Say how many points."),
        ({"welcome": "coupon"}, "Choose a coupon."),
        (
            {"starts_on": "2026-12-01", "ends_on": "2026-11-01"},
            "The last day lies before the first. Enter a later one.",
        ),
        ({"claim_days": "0"}, "Ensure this value is greater than or equal to 1."),
    ],
)
def test_wrong_rules_are_said_at_their_field_and_kept_nowhere(marketer, wrong, sentence):
    asked = {"giver": "points", "giver_points": "1", "welcome": "points", "welcome_points": "1"}
    asked |= {"return_days": "14", "claim_days": "30"} | wrong
    assert sentence in marketer.post(reverse("referral_rules_edit"), asked).content.decode()
    assert not ReferralTerms.objects.exists()


def test_a_customer_s_page_says_who_recommended_her_and_whom_she_has_brought(marketer):
    publish()
    made = rewarded()
    hers = marketer.get(reverse("customer", args=[made.recommended_id])).content.decode()
    assert "Recommended by" in hers
    assert "Berta Geber" in hers
    friend = marketer.get(reverse("customer", args=[made.referrer_id])).content.decode()
    assert "She recommended 1 customer" in friend
    assert "Nina Nehmer" in friend


def test_her_statement_names_the_present(client, program):
    publish()
    berta = CustomerFactory(language="en", email="b@example.org")
    made = claim(berta, newcomer(acquired_at=timezone.now()), timezone.now())
    buy(made.recommended, at=timezone.now())
    rewarding.sweep(timezone.now() + timedelta(days=20))
    assert "For recommending us" in own_page(client, berta)


# --- Messages ---


def test_a_message_has_her_own_link_and_says_nothing_while_the_programme_rests():
    publish()
    berta, bea = member(), member()
    names = {"referral_code", "referral_link"}
    told = personalisation.load(names, [berta.pk, bea.pk], "de", NOON)
    assert told[berta.pk]["referral_link"] == codes.link(ReferralCode.objects.get(pk=berta.pk))
    assert told[berta.pk] != told[bea.pk]
    publish(active=False)
    assert personalisation.load(names, [berta.pk], "de", NOON)[berta.pk]["referral_link"] == ""
    assert json.dumps(told[bea.pk])
