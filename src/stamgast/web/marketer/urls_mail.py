"""The addresses around mail."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from stamgast.web.marketer import (
    mail_brand,
    mail_outbox,
    mail_server,
    mail_suppressed,
    mail_texts,
    other_tools,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("mail", mail_outbox.outbox, name="outbox"),
    path("mail/hold", mail_outbox.hold, name="hold_mail"),
    path("mail/messages/<int:pk>", mail_outbox.message, name="mail_message"),
    path("mail/messages/<int:pk>/text", mail_outbox.message_text, name="mail_message_text"),
    path("mail/messages/<int:pk>/resend", mail_outbox.resend, name="resend_message"),
    path("mail/messages/<int:pk>/drop", mail_outbox.drop, name="drop_message"),
    path("mail/texts", mail_texts.texts, name="mail_texts"),
    path("mail/texts/new", mail_texts.text, name="new_mail_text"),
    path("mail/texts/<int:pk>", mail_texts.text, name="mail_text"),
    path("mail/texts/<int:pk>/preview", mail_texts.text_preview, name="mail_text_preview"),
    path("mail/texts/<int:pk>/test", mail_texts.text_test, name="mail_text_test"),
    path("mail/texts/<int:pk>/remove", mail_texts.remove_text, name="remove_mail_text"),
    path("mail/texts/<int:pk>/restore", mail_texts.restore_text, name="restore_mail_text"),
    path("mail/look", mail_brand.brand, name="mail_brand"),
    path("mail/look/sample", mail_brand.brand_sample, name="mail_brand_sample"),
    path("mail/suppressed", mail_suppressed.suppressed, name="suppressed"),
    path("mail/suppressed/add", mail_suppressed.suppress, name="suppress"),
    path("mail/suppressed/<int:pk>/lift", mail_suppressed.lift, name="lift_suppression"),
    path("mail/suppressed/report", mail_suppressed.paste_report, name="paste_report"),
    path("mail/other-tools", other_tools.other_tools, name="other_tools"),
    path("mail/other-tools/lists/<int:pk>/make", other_tools.make_list, name="make_list"),
    path("mail/other-tools/lists/<int:pk>.csv", other_tools.list_csv, name="list_csv"),
    path("mail/other-tools/outcomes", other_tools.upload_outcomes, name="upload_outcomes"),
    path("mail/other-tools/mailings", other_tools.upload_mailings, name="upload_mailings"),
    path("mail/other-tools/<int:pk>/settle", other_tools.settle_doubt, name="settle_contact"),
    path("mail/server", mail_server.mail_server, name="mail_server"),
    path("mail/server/hook", mail_server.make_mail_hook, name="make_mail_hook"),
    path("mail/server/try", mail_server.try_mail_server, name="try_mail_server"),
]
