"""The pages that customers open by their link: a contest, and the door of a private sale."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from channels import speech
from channels.doors import page, public
from customers.models import Customer
from loyalty import play_links
from loyalty.contests import drawing, draws, entries, running
from loyalty.contests.refusals import Refused
from loyalty.models import Contest, ContestWinner, Sale
from loyalty.sales import admission
from loyalty.sales.admission import ALLOWED

Won = ContestWinner.State


@public
@require_http_methods(["GET", "HEAD", "POST"])
def contest_play(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows; POST enters, or claims a prize."""
    contest, person = _contest(token)
    done, refused = _act(request, contest, person) if request.method == "POST" and person else ("", "")
    language = speech.for_page(request, person.language if person else "")
    context = _about(contest, person) | {"done": done, "refused": refused, "token": token}
    context["said"] = running.in_language(contest, language)
    return page(request, "loyalty/contest_play.html", language, context)


@public
@require_safe
def contest_list_of_entries(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """What was drawn from, a line for each entry. Its SHA-256 stands on the page; the draw can be redone from it."""
    contest, _person = _contest(token)
    if contest.state != Contest.State.DRAWN:
        raise Http404
    answer = StreamingHttpResponse(map(drawing.line, draws.lots(contest)), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{contest.key}-entries.csv"'
    return answer


def _contest(token: str) -> tuple[Contest, Customer | None]:
    read = play_links.read(play_links.CONTEST, token)
    contest = Contest.objects.filter(pk=read[0]).exclude(state="draft").first() if read else None
    if read is None or contest is None:
        raise Http404
    person = Customer.objects.select_related("merged_into").filter(pk=read[1]).first()
    if person and person.merged_into:
        person = person.merged_into
    if read[1] != play_links.NOBODY and (person is None or person.erased_at):
        raise Http404
    return contest, person


def _act(request: HttpRequest, contest: Contest, person: Customer) -> tuple[str, str]:
    """(what was done, why it was not)."""
    at, known = timezone.now(), request.POST.get("known", "")
    try:
        if request.POST.get("choice") == "enter" and known.isdecimal() and len(known) < 6:
            entries.enter(contest.pk, person.pk, int(known), at)
            return "entered", ""
        if request.POST.get("choice") == "claim":
            hers = ContestWinner.objects.filter(contest=contest, customer=person)
            for winner in hers.exclude(state=Won.REPLACED):
                draws.claim(winner.pk, None, at)
                return "claimed", ""
    except Refused as why:
        return "", why.sentence
    return "", ""


def _about(contest: Contest, person: Customer | None) -> dict[str, Any]:
    at = timezone.now()
    won = ContestWinner.objects.filter(contest=contest).exclude(state=Won.REPLACED)
    by_herself = contest.way in (Contest.Way.FORM, Contest.Way.POINTS)
    invited = person is not None and entries.may_take_part(contest, person.pk)
    return {
        "contest": contest,
        "person": person,
        "prizes": list(contest.prizes.all()),
        "waits": at < contest.starts_at,
        "open": contest.state == "open" and contest.starts_at <= at < contest.ends_at,
        "by_herself": by_herself,
        "invited": invited,
        "chances": entries.chances(contest, person.pk, at) if person else None,
        "winners": list(won.select_related("prize", "entry").order_by("place")),
        "mine": won.filter(customer=person).select_related("prize", "code").first() if person else None,
    }


@public
@require_http_methods(["GET", "HEAD", "POST"])
def sale_enter(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what the door would say; POST enters, and leads to the shop."""
    read = play_links.read(play_links.SALE, token)
    sale = Sale.objects.filter(pk=read[0]).exclude(state="draft").first() if read else None
    customer_id = admission.holder(sale, token) if sale else None
    if sale is None or customer_id is None:
        raise Http404
    at = timezone.now()
    entering = request.method == "POST"
    answer = admission.enter(sale, customer_id, at) if entering else admission.look(sale, customer_id, at)
    if entering and answer.access == ALLOWED and sale.link:
        return HttpResponseRedirect(_with_access(sale.link, token))
    language = speech.for_page(request, Customer.objects.get(pk=customer_id).language)
    context = {"sale": sale, "answer": answer, "entered": entering and answer.access == ALLOWED}
    return page(request, "loyalty/sale_enter.html", language, context)


def _with_access(link: str, token: str) -> str:
    """The shop's page, which hands `access` on to the door of its own accord."""
    parts = urlsplit(link)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("access", token)]
    return urlunsplit(parts._replace(query=urlencode(query)))
