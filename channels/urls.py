from django.urls import path

from channels.views import accounts, brand, editor, links, mailbox, preview, set_up, sign_up, suppressions

urlpatterns = [
    # For customers. The names of the first two are short because they stand in every message.
    path("c/<str:token>/", links.click, name="click"),
    path("u/<str:token>/", links.opt_out_page, name="opt_out"),
    path("i/<str:token>/", sign_up.confirm, name="opt_in"),
    path("newsletter/", sign_up.sign_up, name="sign_up"),
    # For staff
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<int:mail_id>/", mailbox.mail, name="mail"),
    path("mailbox/<int:mail_id>/html/", mailbox.mail_html, name="mail_html"),
    path("mailbox/<int:mail_id>/source/", mailbox.mail_source, name="mail_source"),
    path("settings/topics/", set_up.TopicList.as_view(), name="topic_list"),
    path("settings/topics/add/", set_up.topic_create, name="topic_create"),
    path("settings/topics/<int:topic_id>/", set_up.topic_edit, name="topic_edit"),
    path("settings/senders/", set_up.SenderList.as_view(), name="sender_list"),
    path("settings/senders/add/", set_up.sender_create, name="sender_create"),
    path("settings/senders/<int:sender_id>/", set_up.sender_edit, name="sender_edit"),
    path("settings/channels/", accounts.account_list, name="account_list"),
    path("settings/channels/add/", accounts.account_create, name="account_create"),
    path("settings/channels/<int:account_id>/", accounts.account_edit, name="account_edit"),
    path("settings/channels/<int:account_id>/pause/", accounts.account_pause, name="account_pause"),
    path("settings/channels/<int:account_id>/resume/", accounts.account_resume, name="account_resume"),
    path("settings/channels/<int:account_id>/test/", accounts.account_test, name="account_test"),
    path("settings/brand/", brand.brand, name="brand"),
    path("settings/suppressions/", suppressions.SuppressionList.as_view(), name="suppression_list"),
    path("settings/suppressions/add/", suppressions.suppression_create, name="suppression_create"),
    path(
        "settings/suppressions/<int:suppression_id>/",
        suppressions.suppression_release,
        name="suppression_release",
    ),
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
