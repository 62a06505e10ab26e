from django.urls import path

from channels.views import links, mailbox, sign_up

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
]
