from django.urls import path

from channels.views import editor, links, preview, sign_up

urlpatterns = [
    # For customers. The names of the first two are short because they stand in every message.
    path("c/<str:token>/", links.click, name="click"),
    path("u/<str:token>/", links.opt_out_page, name="opt_out"),
    path("i/<str:token>/", sign_up.confirm, name="opt_in"),
    path("newsletter/", sign_up.sign_up, name="sign_up"),
    path("test-link/", preview.test_link, name="test_link"),
    path("messages/<int:message_id>/edit/", editor.message_editor, name="message_editor"),
    path("messages/<int:message_id>/language/", editor.message_language, name="message_language"),
    path("messages/content/<int:content_id>/change/", editor.message_change, name="message_change"),
    path("messages/content/<int:content_id>/preview/", preview.message_preview, name="message_preview"),
    path("messages/content/<int:content_id>/inbox/", preview.message_inbox, name="message_inbox"),
    path("messages/content/<int:content_id>/customers/", preview.message_customers, name="message_customers"),
    path("messages/content/<int:content_id>/products/", preview.message_products, name="message_products"),
    path("messages/content/<int:content_id>/test/", preview.message_test, name="message_test"),
]
