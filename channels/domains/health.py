"""The state of each sending domain, looked up twice a day and on demand, kept so that pages need not ask."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from channels.backends import unsent
from channels.domains import dns, findings
from channels.domains.findings import RANK, Finding, State
from channels.domains.providers import PROVIDERS, Provider
from channels.models import Sender, SendingDomain

TOPICS = ("spf", "dkim", "dmarc", "mx")


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def names() -> list[str]:
    """The domains that we send from; what only the sandbox shows needs no DNS."""
    senders = Sender.objects.exclude(account__backend__in=unsent())
    return sorted({domain_of(email) for email in senders.values_list("email", flat=True)})


def check_all(at: datetime) -> None:
    for name in names():
        check(name, at)


def check(name: str, at: datetime) -> SendingDomain:
    """Ask DNS about one domain and keep what it says."""
    domain, _made = SendingDomain.objects.get_or_create(name=name)
    found = list(_asked(domain))
    domain.findings, domain.checked_at = [list(each) for each in found], at
    domain.save(update_fields=["findings", "checked_at"])
    return domain


def _asked(domain: SendingDomain) -> Iterator[Finding]:
    """A server that does not answer is asked once: the other questions would only wait for it as well."""
    silent = False
    for topic, question in zip(TOPICS, _questions(domain), strict=True):
        try:
            yield Finding(topic, State.UNKNOWN, "unasked") if silent else question()
        except dns.Unasked:
            silent = True
            yield Finding(topic, State.UNKNOWN, "unasked")


def _questions(domain: SendingDomain) -> list[Callable[[], Finding]]:
    provider, told = _provider(domain.name), domain.selector_list
    selectors = told or provider.selectors
    return [
        partial(findings.spf, domain.name, provider.include),
        partial(findings.dkim, domain.name, selectors, bool(told)),
        partial(findings.dmarc, domain.name),
        partial(findings.mx, domain.name),
    ]


def _provider(name: str) -> Provider:
    for sender in Sender.objects.filter(email__iendswith=f"@{name}").select_related("account"):
        if found := PROVIDERS.get(str(sender.account.settings.get("esp", ""))):
            return found
    return Provider()


def of(domain: SendingDomain) -> list[Finding]:
    return [Finding(each[0], State(each[1]), *each[2:]) for each in domain.findings]


def worst(domain: SendingDomain) -> State:
    """One word for the whole domain."""
    return min((each.state for each in of(domain)), key=RANK.__getitem__, default=State.UNKNOWN)


def states() -> dict[str, State]:
    """By name, for the domains that were looked up."""
    return {domain.name: worst(domain) for domain in SendingDomain.objects.all()}


def is_unproven(email: str) -> bool:
    """Whether no mail from this address can be proven to be ours, so that large mailboxes turn all of them away."""
    domain = SendingDomain.objects.filter(name=domain_of(email)).first()
    if domain is None:
        return False
    bad = {each.topic for each in of(domain) if each.state is State.BAD}
    return {"spf", "dkim"} <= bad
