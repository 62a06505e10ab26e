from django.urls import path

from customers.api.api import api
from customers.views import audit, customers, demo, imports, segment_editor, segments, stores, team

urlpatterns = [
    path("customers/", customers.CustomerList.as_view(), name="customer_list"),
    path("customers/<int:customer_id>/", customers.customer, name="customer"),
    path("settings/team/", team.TeamList.as_view(), name="team_list"),
    path("settings/team/invite/", team.team_invite, name="team_invite"),
    path("settings/team/<int:user_id>/", team.team_edit, name="team_edit"),
    path("settings/team/<int:user_id>/deactivate/", team.team_deactivate, name="team_deactivate"),
    path("settings/team/<int:user_id>/activate/", team.team_activate, name="team_activate"),
    path("settings/team/<int:user_id>/link/", team.team_link, name="team_link"),
    path("settings/stores/", stores.StoreList.as_view(), name="store_list"),
    path("settings/stores/add/", stores.store_create, name="store_create"),
    path("settings/stores/<int:store_id>/", stores.store_edit, name="store_edit"),
    path("settings/audit/", audit.AuditList.as_view(), name="audit_list"),
    path("segments/", segments.SegmentList.as_view(), name="segment_list"),
    path("segments/new/", segment_editor.segment_create, name="segment_create"),
    path("segments/suggest/", segment_editor.segment_suggest, name="segment_suggest"),
    path("segments/discard/", segment_editor.segment_discard, name="segment_discard"),
    path("segments/<int:segment_id>/", segment_editor.segment_edit, name="segment_edit"),
    path("segments/<int:segment_id>/delete/", segments.segment_delete, name="segment_delete"),
    path("segments/<int:segment_id>/customers.csv", segments.segment_export, name="segment_export"),
    path("imports/", imports.ImportList.as_view(), name="import_list"),
    path("imports/new/", imports.import_upload, name="import_upload"),
    path("imports/<int:job_id>/", imports.import_job, name="import_job"),
    path("imports/<int:job_id>/start/", imports.import_start, name="import_start"),
    path("imports/<int:job_id>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:job_id>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<int:job_id>/resume/", imports.import_resume, name="import_resume"),
    path("imports/<int:job_id>/rejected.csv", imports.import_rejected, name="import_rejected"),
    path("api/v1/", api.urls),
    path("demo/", demo.demo_front, name="demo_front"),
    path("demo/products/<str:sku>/", demo.demo_product, name="demo_product"),
    path("demo/pictures/<str:sku>.svg", demo.demo_picture, name="demo_picture"),
]
