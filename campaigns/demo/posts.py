"""The posts beside the demo campaigns: those of autumn with their clicks, those of Christmas still to come."""

from datetime import datetime, time
from random import Random

from campaigns.demo.campaigns import SENT_AGO
from campaigns.models import Campaign, CampaignPosts
from channels.demo import social
from channels.demo.social import Said
from channels.models import SocialNetwork
from customers.demo_shop import Stage, stages

SAID = (
    Said(
        "Herbstauswahl",
        "Der Herbst ist da, und wie. Wolle, Licht und guter Kaffee stehen jetzt vorn im Haus."
        "\n\nAlles für den Herbst gibt es auch online. #herbst #lindenliebe",
        "Unsere Herbstauswahl",
        "Eine Vase in Herbstfarben",
        "13",
        -SENT_AGO.days,
        time(18, 0),
        short="Der Herbst ist da, und wie. Wolle, Licht und guter Kaffee stehen jetzt vorn im Haus 🍂",
    ),
    Said(
        "Weihnachtsauswahl",
        "Geschenke, die bleiben: Unsere Weihnachtsauswahl ist eröffnet. Jedes Geschenk packen wir kostenlos ein."
        " #weihnachten #geschenkideen",
        "Geschenke, die bleiben",
        "Ein Teddybär",
        "21",
        9,
        time(18, 0),
        (SocialNetwork.FACEBOOK, SocialNetwork.INSTAGRAM, SocialNetwork.PINTEREST),
    ),
)


@stages.register
class Posts(Stage):
    key = "campaign-posts"
    order = 72

    def build(self, random: Random, at: datetime) -> None:
        for said in SAID:
            made = social.say(said, random, at)
            CampaignPosts.objects.create(group=made, campaign=Campaign.objects.get(name=said.name))
