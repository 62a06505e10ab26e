from django.urls import path

from campaigns.views import builder, lists

urlpatterns = [
    path("campaigns/", lists.CampaignList.as_view(), name="campaign_list"),
    path("campaigns/new/", lists.campaign_create, name="campaign_create"),
    path("campaigns/<int:campaign_id>/", lists.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/duplicate/", lists.campaign_duplicate, name="campaign_duplicate"),
    path("campaigns/<int:campaign_id>/delete/", lists.campaign_delete, name="campaign_delete"),
    path("campaigns/<int:campaign_id>/audience/", builder.campaign_audience, name="campaign_audience"),
    path("campaigns/<int:campaign_id>/audience/count/", builder.campaign_count, name="campaign_count"),
    path("campaigns/<int:campaign_id>/content/", builder.campaign_content, name="campaign_content"),
    path("campaigns/<int:campaign_id>/time/", builder.campaign_time, name="campaign_time"),
]
