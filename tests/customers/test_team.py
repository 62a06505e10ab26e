"""The team: invitations, roles, and an administrator who always remains."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.roles import ADMINISTRATOR
from customers import team
from customers.models import AuditEntry, User
from tests.factories import PASSWORD, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def form(**fields: object) -> dict[str, object]:
    return {
        "email": "new@example.org",
        "first_name": "Nina",
        "last_name": "Neu",
        "roles": ["marketer"],
    } | fields


def test_an_invited_colleague_chooses_her_password_with_a_link_that_is_shown_once(
    administrator: Client,
) -> None:
    shown = administrator.post(reverse("team_invite"), form(), follow=True)
    link = shown.context["url"]
    assert "works once" in shown.content.decode()
    assert administrator.get(shown.redirect_chain[-1][0]).context["url"] == ""

    newcomer = Client()
    page = newcomer.get(link, follow=True)
    new = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    newcomer.post(page.redirect_chain[-1][0], new)
    assert newcomer.login(request=page.wsgi_request, username="new@example.org", password=PASSWORD)
    assert newcomer.get(link, follow=True).context["validlink"] is False


def test_a_link_of_a_deactivated_account_does_not_work(administrator: Client) -> None:
    user = UserFactory()
    link = team.password_link(administrator.user, user, NOW)  # type: ignore[attr-defined]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Client().get(link, follow=True).context["validlink"] is False


def test_an_email_that_is_taken_in_another_case_is_refused_with_the_mend(administrator: Client) -> None:
    UserFactory(email="new@example.org")
    page = administrator.post(reverse("team_invite"), form(email="New@Example.org"))
    assert "Open it in the list" in page.content.decode()


def test_store_management_needs_a_store(administrator: Client) -> None:
    page = administrator.post(reverse("team_invite"), form(roles=["store_manager"]))
    assert "needs at least one store" in page.content.decode()
    store = StoreFactory()
    administrator.post(reverse("team_invite"), form(roles=["store_manager"], stores=[store.pk]))
    assert list(User.objects.get(email="new@example.org").stores.all()) == [store]


def test_roles_change_and_are_written_down(administrator: Client) -> None:
    user = UserFactory(in_role="marketer")
    url = reverse("team_edit", args=[user.pk])
    administrator.post(url, form(email=user.email, roles=["analyst", ADMINISTRATOR]))
    user.refresh_from_db()
    assert team.role_names(user) == {"analyst", ADMINISTRATOR}
    assert user.is_staff
    entry = AuditEntry.objects.get(action="team.changed")
    assert entry.detail == {"roles_added": [ADMINISTRATOR, "analyst"], "roles_removed": ["marketer"]}
    assert entry.user == administrator.user  # type: ignore[attr-defined]


def test_nobody_changes_her_own_roles(administrator: Client) -> None:
    me: User = administrator.user  # type: ignore[attr-defined]
    UserFactory(in_role=ADMINISTRATOR)
    url = reverse("team_edit", args=[me.pk])
    page = administrator.post(url, form(email=me.email, roles=[ADMINISTRATOR, "approver"]))
    assert "Your own roles stay" in page.content.decode()
    assert team.role_names(me) == {ADMINISTRATOR}
    administrator.post(url, form(email=me.email, roles=[ADMINISTRATOR], first_name="Renamed"))
    me.refresh_from_db()
    assert me.first_name == "Renamed"


def test_deactivating_asks_ends_sessions_and_is_written_down(administrator: Client, marketer: Client) -> None:
    user: User = marketer.user  # type: ignore[attr-defined]
    url = reverse("team_deactivate", args=[user.pk])
    assert "open sessions end at once" in administrator.get(url).content.decode()
    assert marketer.get("/").status_code == 200
    administrator.post(url)
    assert marketer.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="team.deactivated", subject_id=str(user.pk)).count() == 1
    administrator.post(reverse("team_activate", args=[user.pk]))
    assert AuditEntry.objects.filter(action="team.activated").count() == 1


def test_nobody_deactivates_herself(administrator: Client) -> None:
    me: User = administrator.user  # type: ignore[attr-defined]
    administrator.post(reverse("team_deactivate", args=[me.pk]))
    me.refresh_from_db()
    assert me.is_active


@pytest.mark.parametrize("superuser", [False, True])
def test_the_last_administrator_stays(superuser: bool) -> None:
    last = UserFactory(is_superuser=True) if superuser else UserFactory(in_role=ADMINISTRATOR)
    by = UserFactory(in_role="marketer")
    with pytest.raises(team.TeamError, match="last administrator"):
        team.deactivate(by, last, NOW)
    with pytest.raises(team.TeamError, match="last administrator"):
        team.change(by, last, ["marketer"], [], NOW)
    UserFactory(in_role=ADMINISTRATOR, is_active=False)
    with pytest.raises(team.TeamError, match="last administrator"):
        team.deactivate(by, last, NOW)
    UserFactory(in_role=ADMINISTRATOR)
    team.change(by, last, ["marketer"], [], NOW)
    last.refresh_from_db()
    assert not team.is_administrator(last)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_deactivate_each_other_at_once_do_not_both_succeed() -> None:
    anna, berta = UserFactory(in_role=ADMINISTRATOR), UserFactory(in_role=ADMINISTRATOR)
    start = threading.Barrier(2)

    def deactivate(by: User, whom: User) -> None:
        start.wait()
        try:
            team.deactivate(by, whom, NOW)
        except team.TeamError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=deactivate, args=pair) for pair in ((anna, berta), (berta, anna))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(is_active=True).count() == 1


def test_the_list_finds_by_name_role_and_store(administrator: Client) -> None:
    store = StoreFactory()
    user = UserFactory(first_name="Zoë", last_name="Quast", in_role="store_manager")
    user.stores.add(store)
    for query in ("q=zoë quast", "role=store_manager", f"store={store.pk}"):
        assert "Zoë Quast" in administrator.get(f"{reverse('team_list')}?{query}").content.decode()
    assert "Zoë Quast" not in administrator.get(f"{reverse('team_list')}?role=analyst").content.decode()


def test_the_model_admin_shows_accounts_but_does_not_change_them(administrator: Client) -> None:
    user = UserFactory(in_role="marketer")
    url = reverse("admin:customers_user_change", args=[user.pk])
    assert reverse("team_edit", args=[user.pk]) in administrator.get(url).content.decode()
    assert administrator.post(url, {"is_superuser": "on"}).status_code == 403
    assert administrator.get(reverse("admin:auth_group_changelist")).status_code == 200
