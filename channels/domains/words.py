"""The findings in words: what is so, and the mend."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from channels.domains.findings import Finding, State
from config.pages.parts import Tone

SPF = "v=spf1 {}~all"
DMARC = "v=DMARC1; p=none; rua=mailto:dmarc@{}"


class Told(NamedTuple):
    """`mend` is empty where nothing needs to be done; `name` and `value` are the record to enter, if it is known."""

    topic: str
    sentence: str
    mend: str = ""
    name: str = ""
    value: str = ""


def told(finding: Finding, domain: str) -> Told:
    sentence, mend = (str(text) % {"name": finding.extra} if text else "" for text in TEXTS[finding.fault])
    return Told(str(TITLES[finding.topic]), sentence, mend, *_record(finding, domain))


def _record(finding: Finding, domain: str) -> tuple[str, str]:
    if finding.fault == "spf_missing":
        return domain, SPF.format(f"include:{finding.extra} " if finding.extra else "mx ")
    if finding.fault == "dmarc_missing":
        return f"_dmarc.{domain}", DMARC.format(domain)
    return "", ""


TONES: dict[State, Tone] = {State.GOOD: "good", State.WARN: "wait", State.BAD: "bad", State.UNKNOWN: "calm"}
LABELS = {
    State.GOOD: _("in order"),
    State.WARN: _("could be better"),
    State.BAD: _("wrong"),
    State.UNKNOWN: _("not known"),
}
TITLES = {
    "spf": _("SPF: who may send"),
    "dkim": _("DKIM: the signature"),
    "dmarc": _("DMARC: what happens to forgeries"),
    "mx": _("MX: where answers go"),
    "alignment": _("Alignment: whether it is all one domain"),
}
# What is so, and the mend.
TEXTS = {
    "unasked": (_("DNS did not answer."), _("Check again in a while.")),
    "spf_missing": (
        _("No record says which servers may send for this domain."),
        _("Add this TXT record where the domain is managed; name your provider in it."),
    ),
    "spf_twice": (
        _("There are several SPF records; then none of them counts."),
        _("Put them together into one."),
    ),
    "spf_anybody": (
        _("The record allows everybody to send in your name."),
        _("End it with ~all or -all instead of +all."),
    ),
    "spf_lookups": (
        _("Reading the record takes more than ten look-ups; then it does not count."),
        _("Take out what is no longer used."),
    ),
    "spf_other": (
        _("The record does not name the provider that carries our mails."),
        _("Add include:%(name)s to it, unless the provider sends under a return address of its own."),
    ),
    "spf_good": (_("The record names who may send."), ""),
    "dkim_missing": (
        _("There is no key under the selector %(name)s."),
        _("Copy the record from your provider's page for this domain, or mend the selector below."),
    ),
    "dkim_unknown": (
        _("We do not know under which name the key stands."),
        _("Enter the selector below. Your provider shows it as the part before ._domainkey."),
    ),
    "dkim_revoked": (
        _("The key under the selector %(name)s has been revoked."),
        _("Have your provider make a new one and copy its record."),
    ),
    "dkim_broken": (
        _("The key under the selector %(name)s cannot be read."),
        _("Copy the record again; often a part was cut off."),
    ),
    "dkim_short": (
        _("The key under the selector %(name)s is shorter than 1024 bits; mailboxes do not count it."),
        _("Have your provider make one of 2048 bits."),
    ),
    "dkim_weak": (
        _("The key under the selector %(name)s has 1024 bits. It counts, but is no longer advised."),
        _("Have your provider make one of 2048 bits when you next have time."),
    ),
    "dkim_good": (_("A key is there, under the selector %(name)s."), ""),
    "dmarc_missing": (
        _("No policy is there. Large mailboxes demand one of everybody who sends newsletters."),
        _("Add this TXT record; it changes nothing yet, and reports begin to come."),
    ),
    "dmarc_twice": (_("There are several policies; then none of them counts."), _("Keep one.")),
    "dmarc_broken": (
        _("The policy cannot be read: p must be none, quarantine or reject."),
        _("Mend the record."),
    ),
    "dmarc_silent": (
        _("A policy is there, but nobody hears of mails that fail."),
        _("Add rua=mailto: with an address that somebody reads."),
    ),
    "dmarc_none": (
        _("A policy is there; it only watches so far."),
        _(
            "Once the reports show that your own mails pass, change p to quarantine: then forgeries end as spam."
        ),
    ),
    "dmarc_quarantine": (_("Forgeries are set apart or turned away."), ""),
    "dmarc_reject": (_("Forgeries are set apart or turned away."), ""),
    "mx_missing": (
        _("No mail server takes mails for this domain: answers and bounces are lost."),
        _("Set up a mailbox for the domain, or an address for replies elsewhere."),
    ),
    "mx_good": (_("A mail server takes answers and bounces."), ""),
    "align_no_policy": (
        _("Without a valid DMARC policy no mailbox compares the domains."),
        _("Mend DMARC first, then check again."),
    ),
    "align_dkim": (_("Signatures are made for %(name)s, which goes with the sender."), ""),
    "align_spf": (_("Bounces go to %(name)s, which goes with the sender."), ""),
    "align_none": (
        _("Nothing proves the mails for the domain that readers see. What was found stands for: %(name)s."),
        _(
            "Have your provider sign for this domain, or set up a return address in it; or send from the domain that "
            "it signs for."
        ),
    ),
    "align_nothing": (
        _("Neither SPF nor DKIM holds, so there is nothing that could go with the sender."),
        _("Mend both first."),
    ),
    "align_unknown": (
        _("We cannot see for which domain your provider signs, nor where it sends bounces."),
        _(
            "Send yourself a test mail and look at its source: Authentication-Results should say dmarc=pass. The "
            "reports to the address in rua tell it too."
        ),
    ),
}
