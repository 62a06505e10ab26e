"""The state of each sending domain, looked up twice a day and on demand, kept so that pages need not ask."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from channels.backends import unsent
from channels.domains import alignment, dns, findings
from channels.domains.alignment import Proofs
from channels.domains.findings import RANK, Finding, State
from channels.domains.providers import PROVIDERS, Provider
from channels.models import Account, Sender, SendingDomain

TOPICS = ("spf", "dkim", "dmarc", "mx", alignment.TOPIC)


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
    provider = _provider(domain.name)
    selectors = domain.selector_list or provider.selectors
    found: dict[str, Finding] = {}

    def aligned() -> Finding:
        proofs = Proofs(found["spf"], found["dkim"], found["dmarc"], selectors, return_paths(domain.name))
        return alignment.finding(domain.name, proofs)

    silent = False
    for topic, question in zip(TOPICS, [*_questions(domain, provider, selectors), aligned], strict=True):
        try:
            found[topic] = Finding(topic, State.UNKNOWN, "unasked") if silent else question()
        except dns.Unasked:
            silent = True
            found[topic] = Finding(topic, State.UNKNOWN, "unasked")
        yield found[topic]


def _questions(
    domain: SendingDomain, provider: Provider, selectors: Sequence[str]
) -> list[Callable[[], Finding]]:
    told = domain.selector_list
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


def return_paths(name: str) -> list[str]:
    """The domain to which bounces go, of each account that sends from this one: by SMTP that of the account's bounce
    address or the sender's own, by a service the one that its options name (`sender_domain`), "" where it has one of
    its own choice."""
    senders = Sender.objects.filter(email__iendswith=f"@{name}").exclude(account__backend__in=unsent())
    return sorted({_return_path(sender.account, name) for sender in senders.select_related("account")})


def _return_path(account: Account, name: str) -> str:
    if account.backend == "smtp":
        return domain_of(str(account.settings.get("bounce_address", ""))) or name
    options = account.settings.get("options")
    return str(options.get("sender_domain", "")).lower() if isinstance(options, dict) else ""


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
    return {"spf", "dkim"} <= wrong(email)


def wrong(email: str) -> set[str]:
    """The topics in which the domain of that address fails; none of one that was never looked up."""
    domain = SendingDomain.objects.filter(name=domain_of(email)).first()
    return {each.topic for each in of(domain) if each.state is State.BAD} if domain else set()
