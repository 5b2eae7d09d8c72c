"""The sentences and words of the pages around mail."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.mail.models import Message
from stamgast.mail.queries import OutboxCounts
from stamgast.web.design.tags import number

Words = dict[str, str | Promise]

STATUSES: Words = {
    "waiting": _("waiting"),
    "sending": _("on its way"),
    "sent": _("sent"),
    "failed": _("failed"),
    "uncertain": _("uncertain"),
    "withheld": _("withheld"),
}
KINDS: Words = {
    "campaign": _("campaign"),
    "survey": _("question"),
    "service": _("service"),
    "sign_in": _("code to sign in"),
    "points": _("points"),
    "staff": _("to a colleague"),
}
# Why nothing goes, and what to do about it: sentence and the page on which one mends it.
OBSTACLES: dict[str, tuple[str | Promise, str]] = {
    "no_server": (
        _("There is no mail server yet. Until there is one, everything waits."),
        "mail_server",
    ),
    "no_sender": (
        _("We do not know from which address to send. Until you say so, everything waits."),
        "mail_brand",
    ),
    "no_public_address": (
        _(
            "Nobody can reach a page of ours from their mailbox yet, so they could not unsubscribe. "
            "Offers, news and questions wait until you give the address."
        ),
        "mail_server",
    ),
    "held": (_("A colleague stopped all mail. Everything waits."), "outbox"),
}
TROUBLES: Words = {
    "taken": _("The server took the message. Look in your own mailbox whether it arrived."),
    "no_server": _("There is no mail server yet."),
    "no_sender": _("Say first from which address you send, under “How our mail looks”."),
    "no_such_host": _("There is no server with this name."),
    "no_connection": _(
        "Nothing answers there: the name or port is wrong, or a firewall is between."
    ),
    "timed_out": _("The server did not answer in time."),
    "bad_certificate": _("The server cannot prove who it is: its certificate does not hold."),
    "no_encryption": _(
        "The server does not speak this kind of encryption. Try the other kind, or another port."
    ),
    "sign_in_refused": _("The server does not accept this user name and password."),
    "sender_refused": _("The server does not let us send from this address."),
    "recipient_refused": _("The server does not deliver to your address."),
    "content_refused": _("The server refused the message itself."),
    "server_busy": _("The server turned us away for now."),
    "connection_lost": _("The connection broke off halfway."),
}


def headline(counts: OutboxCounts) -> str:
    """Return the first sentence of the outbox: what needs a look, else what waits, else the rest."""
    if counts.uncertain:
        return ngettext(
            "Of %(shown)s message nobody knows whether it arrived: decide it by hand.",
            "Of %(shown)s messages nobody knows whether they arrived: decide them by hand.",
            counts.uncertain,
        ) % {"shown": number(counts.uncertain)}
    if counts.waiting or counts.sending:
        return ngettext(
            "%(shown)s message waits to be sent.",
            "%(shown)s messages wait to be sent.",
            counts.waiting + counts.sending,
        ) % {"shown": number(counts.waiting + counts.sending)}
    if counts.sent:
        return ngettext(
            "Everything has gone: %(shown)s message in thirty days.",
            "Everything has gone: %(shown)s messages in thirty days.",
            counts.sent,
        ) % {"shown": number(counts.sent)}
    return gettext("No mail has gone out yet.")


def whom(message: Message) -> str:
    """Return to whom a message goes, in a word."""
    if message.customer is not None and not message.to:
        if message.customer.erased_at is not None:
            return gettext("somebody who was erased")
        return message.customer.full_name or message.sent_to or message.customer.email
    return message.to
