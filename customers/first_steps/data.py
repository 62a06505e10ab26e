from django.utils.translation import gettext_lazy as _

from config.pages.today import FirstStep, first_steps
from customers.models import Customer, Segment, Store, User


@first_steps.register
class AddStores(FirstStep):
    key = "stores"
    order = 10
    label = _("Add the stores")
    text = _("Where people buy, in the street and online.")
    icon = "building-store"
    url_name = "store_list"
    permission = "customers.change_store"

    def done(self) -> bool:
        return Store.objects.exists()


@first_steps.register
class InviteTeam(FirstStep):
    key = "team"
    order = 20
    label = _("Invite the team")
    text = _("Give each person the roles she needs; large campaigns want a second pair of eyes.")
    icon = "users-group"
    url_name = "team_list"
    permission = "customers.change_user"

    def done(self) -> bool:
        return User.objects.filter(is_active=True)[:2].count() > 1


@first_steps.register
class ImportCustomers(FirstStep):
    key = "import"
    order = 30
    label = _("Import customers and orders")
    text = _("From CSV files, with a dry run first; lines that do not fit come back as a file.")
    icon = "database-import"
    url_name = "import_list"
    permission = "customers.add_importjob"

    def done(self) -> bool:
        return Customer.objects.exists()


@first_steps.register
class BuildSegment(FirstStep):
    key = "segment"
    order = 40
    label = _("Build a first segment")
    text = _("Who shall be written to, as a rule with a live count.")
    icon = "filter"
    url_name = "segment_list"
    permission = "customers.add_segment"

    def done(self) -> bool:
        return Segment.objects.exists()
