"""Somebody becomes a customer at the till. What she wants to hear of is asked by mail: only her click is consent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from channels import opt_in
from channels.models import Channel, Topic
from customers import audit, contacts, dirty, events
from customers.events import Fact
from customers.models import Customer, Origin, Shop, Store, User
from customers.signals import people_changed
from loyalty.models import Referral
from loyalty.referrals import claims
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import Refused

SOURCE = "till"
WORDING = "till-sign-up-2026-11"


@dataclass(frozen=True)
class SignUp:
    """What she says of herself: an e-mail address or a phone number (E.164) at least. `topic`: what she wants mails
    about, None for no mails. `referral`: the code of who recommended her, or "". `wording`: which words she was shown,
    where it was not our page."""

    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    topic: Topic | None = None
    referral: str = ""
    wording: str = ""


@dataclass(frozen=True)
class Signed:
    """`made`: whether nobody had this address or number before. `refused`: why her recommendation does not count."""

    customer: Customer
    made: bool
    refused: str = ""


@transaction.atomic
def sign_up(said: SignUp, store: Store, by: User, evidence: dict[str, Any], at: datetime) -> Signed:
    """Make the customer, or find who has this address or number already: of her nothing is changed. `evidence` names
    form and ip of the request."""
    with connection.cursor() as cursor:
        cursor.execute(contacts.LOCK)  # two who sign up the same person take turns
    known = _known(said)
    customer = known or _make(said, store, at)
    if said.topic is not None and said.email:
        _ask(said, said.topic, store, customer, evidence, at)
    audit.record(
        by, "till.signed_up", customer, at, store=store.pk, made=known is None, asked=bool(said.topic)
    )
    return Signed(customer, known is None, _recommended(said.referral, customer, at))


def _recommended(code: str, customer: Customer, at: datetime) -> str:
    """She is signed up, whatever becomes of the code; why it does not count, or ""."""
    if not code:
        return ""
    try:
        claims.claim(Claim(code, customer.pk, Referral.Source.TILL), at)
    except Refused as why:
        return why.sentence
    return ""


def _known(said: SignUp) -> Customer | None:
    same = Q(email__iexact=said.email) if said.email else Q()
    if said.phone:
        same |= Q(phone=said.phone)
    return Customer.objects.living().filter(same).order_by("pk").first()


def _make(said: SignUp, store: Store, at: datetime) -> Customer:
    made = Customer.objects.create(
        first_name=said.first_name,
        last_name=said.last_name,
        email=said.email,
        phone=said.phone,
        language=said.language,
        country=store.country,
        time_zone=store.time_zone,
        home_store=store,
        acquisition_source=SOURCE,
        acquired_at=at,
    )
    dirty.mark([made.pk], at)
    people_changed.send(Customer, ids=[made.pk], at=at, origin=Origin.LIVE)
    _tell(made, store, at)
    return made


def _tell(made: Customer, store: Store, at: datetime) -> None:
    """As an event of hers, for segments, timeline and rules that earn. A shop without orders has no currency yet, and
    events need one."""
    if currency := Shop.current().currency:
        fact = Fact(str(made.key), 0, at, "custom", "sign_up", customer_id=made.pk, store=store.number)
        events.record([fact], events.Terms(SOURCE, currency, make_products=False), at, Origin.LIVE)


def _ask(
    said: SignUp, topic: Topic, store: Store, customer: Customer, evidence: dict[str, Any], at: datetime
) -> None:
    """The mail with the link. Who has the phone number but another address is not asked at this one as herself."""
    proof = evidence | {
        "wording": said.wording or f"{WORDING}:{said.language}",
        "topic_shown": topic.name_in(said.language),
        "source": SOURCE,
        "store": store.number,
        "key": f"till {store.number}",  # a store's mails are counted as a till's, not as one browser's
    }
    same = customer if customer.email.casefold() == said.email.casefold() else None
    opt_in.ask(said.email, Channel.EMAIL, topic, said.language, proof, at, same)
