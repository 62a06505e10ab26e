from django.urls import path

from campaigns.views import (
    acts,
    builder,
    channels,
    lists,
    people,
    posts,
    report,
    report_csv,
    review,
    running,
    why,
)

urlpatterns = [
    path("campaigns/", lists.CampaignList.as_view(), name="campaign_list"),
    path("campaigns/new/", lists.campaign_create, name="campaign_create"),
    path("campaigns/<int:campaign_id>/", lists.campaign, name="campaign"),
    path("campaigns/<int:campaign_id>/duplicate/", lists.campaign_duplicate, name="campaign_duplicate"),
    path("campaigns/<int:campaign_id>/delete/", lists.campaign_delete, name="campaign_delete"),
    # The builder
    path("campaigns/<int:campaign_id>/audience/", builder.campaign_audience, name="campaign_audience"),
    path("campaigns/<int:campaign_id>/audience/count/", builder.campaign_count, name="campaign_count"),
    path("campaigns/<int:campaign_id>/content/", builder.campaign_content, name="campaign_content"),
    path("campaigns/<int:campaign_id>/channels/", channels.campaign_channels, name="campaign_channels"),
    path("campaigns/<int:campaign_id>/editors/", builder.campaign_editors, name="campaign_editors"),
    path("campaigns/<int:campaign_id>/time/", builder.campaign_time, name="campaign_time"),
    path("campaigns/<int:campaign_id>/review/", review.campaign_review, name="campaign_review"),
    path("campaigns/<int:campaign_id>/review/outcomes/", review.campaign_outcomes, name="campaign_outcomes"),
    path(
        "campaigns/<int:campaign_id>/review/people/",
        review.campaign_outcome_people,
        name="campaign_outcome_people",
    ),
    path("campaigns/<int:campaign_id>/posts/add/", posts.campaign_post_add, name="campaign_post_add"),
    # Launch and approval
    path("campaigns/<int:campaign_id>/launch/", acts.campaign_launch, name="campaign_launch"),
    path(
        "campaigns/<int:campaign_id>/launch/alone/", acts.campaign_launch_alone, name="campaign_launch_alone"
    ),
    path("campaigns/<int:campaign_id>/approval/", acts.campaign_ask, name="campaign_ask"),
    path("campaigns/<int:campaign_id>/approval/yes/", acts.campaign_approve, name="campaign_approve"),
    path("campaigns/<int:campaign_id>/approval/no/", acts.campaign_refuse, name="campaign_refuse"),
    # On its way
    path("campaigns/<int:campaign_id>/running/", running.campaign_running, name="campaign_running"),
    path("campaigns/<int:campaign_id>/progress/", running.campaign_progress, name="campaign_progress"),
    path("campaigns/<int:campaign_id>/pause/", acts.campaign_pause, name="campaign_pause"),
    path("campaigns/<int:campaign_id>/resume/", acts.campaign_resume, name="campaign_resume"),
    path("campaigns/<int:campaign_id>/cancel/", acts.campaign_cancel, name="campaign_cancel"),
    path("campaigns/<int:campaign_id>/take-back/", acts.campaign_take_back, name="campaign_take_back"),
    path("campaigns/<int:campaign_id>/start-late/", acts.campaign_start_late, name="campaign_start_late"),
    # What came of it
    path("campaigns/<int:campaign_id>/report/", report.campaign_report, name="campaign_report"),
    path(
        "campaigns/<int:campaign_id>/report.csv",
        report_csv.campaign_report_export,
        name="campaign_report_export",
    ),
    path("campaigns/<int:campaign_id>/people/", people.PeopleList.as_view(), name="campaign_people"),
    path("campaigns/<int:campaign_id>/orders/", people.OrderList.as_view(), name="campaign_orders"),
    path("customers/<int:customer_id>/why/", why.customer_why, name="customer_why"),
]
