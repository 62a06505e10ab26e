"""Earning rules: add, change, pause, remove. Nothing holds for customers before it is published."""

from functools import partial
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.pages import confirm
from customers import audit, form_drafts
from customers.models import User
from loyalty import programs
from loyalty.earning_rules.base import EarningRule as Plugin
from loyalty.earning_rules.base import earning_rules
from loyalty.forms.programs import RuleForm
from loyalty.models import EarningRule


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
@form_drafts.keeps_draft
def rule_create(request: HttpRequest) -> HttpResponse:
    """First which kind, then its values."""
    program = programs.current()
    if program is None:
        return redirect("program")
    plugin = earning_rules.get(request.GET.get("kind", ""))
    if plugin is None:
        context = {"kinds": list(earning_rules), "title": _("Add a rule")}
        return render(request, "loyalty/rule_kinds.html", context)
    return _edit(request, plugin, EarningRule(program=program, key=plugin.key), "earningrule.added")


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
@form_drafts.keeps_draft
def rule_edit(request: HttpRequest, rule_id: int) -> HttpResponse:
    rule = _rule(rule_id)
    plugin = earning_rules.get(rule.key)
    if plugin is None:
        raise Http404
    return _edit(request, plugin, rule, "earningrule.changed")


def _rule(rule_id: int) -> EarningRule:
    return get_object_or_404(EarningRule, pk=rule_id, removed_at=None)


def _edit(request: HttpRequest, plugin: Plugin, rule: EarningRule, act: str) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, plugin, rule)
    save = partial(_saved, form, act, cast(User, request.user))
    if request.method == "POST" and form.is_valid() and form_drafts.save(request, rule, save):
        messages.success(
            request, _("“%(name)s” is saved. Publish the rules when they are right.") % {"name": rule.name}
        )
        return redirect("program")
    context = {
        "form": form,
        "plugin": plugin,
        "title": rule.name or str(plugin.label),
        "draft": form_drafts.shown(request, rule),
    }
    return render(request, "loyalty/rule_edit.html", context)


def _saved(form: RuleForm, act: str, by: User) -> EarningRule:
    saved = form.save()
    audit.record(by, act, saved, timezone.now(), kind=saved.key)
    return saved


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
@require_POST
def rule_pause(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Pause it, or let it count again."""
    rule = _rule(rule_id)
    rule.active = not rule.active
    with transaction.atomic():
        rule.save(update_fields=["active"])
        act = "earningrule.resumed" if rule.active else "earningrule.paused"
        audit.record(cast(User, request.user), act, rule, timezone.now())
    messages.success(request, _("Saved. Publish the rules when they are right."))
    return redirect("program")


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
def rule_remove(request: HttpRequest, rule_id: int) -> HttpResponse:
    rule = _rule(rule_id)
    if request.method != "POST":
        return confirm.ask(
            request,
            _("Remove “%(name)s”?") % {"name": rule.name},
            _("It earns nothing more once the rules are published. Points that it gave stay."),
            _("Remove"),
            reverse("program"),
        )
    with transaction.atomic():
        EarningRule.objects.filter(pk=rule.pk).update(removed_at=timezone.now(), active=False)
        audit.record(cast(User, request.user), "earningrule.removed", rule, timezone.now())
    messages.success(
        request, _("“%(name)s” is removed. Publish the rules when they are right.") % {"name": rule.name}
    )
    return redirect("program")
