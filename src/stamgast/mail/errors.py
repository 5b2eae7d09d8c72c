"""Why this room says no."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from stamgast.kernel import Refusal


class BadContent(Refusal):
    """A text is empty, too long or has parts that do not exist; `where` and `problem` say which."""

    code: ClassVar[str] = "bad_content"


class FieldMissing(Refusal):
    """A text names something that is not known; `where` is the part, `field` what it names."""

    code: ClassVar[str] = "field_missing"


class TextUnreadable(Refusal):
    """The codes in a text cannot be understood; `where` is the part of the text."""

    code: ClassVar[str] = "text_unreadable"


class TextEndless(Refusal):
    """Filling in a text never ends, or makes it far too long; `where` is the part of the text."""

    code: ClassVar[str] = "text_endless"


class BadLink(Refusal):
    """A button or picture leads nowhere; `where` is the part of the text."""

    code: ClassVar[str] = "bad_link"


class BadPicture(Refusal):
    """The file is no PNG, JPEG or GIF, or is larger than we send."""

    code: ClassVar[str] = "bad_picture"


class BadBrand(Refusal):
    """A field of how our mail looks is not possible; `field` says which."""

    code: ClassVar[str] = "bad_brand"


class BadMailSetting(Refusal):
    """A setting of the mail server, or of how much and when we send, is not possible."""

    code: ClassVar[str] = "bad_mail_setting"


class SecretNeeded(Refusal):
    """Another provider, server or user never gets the secret that was kept for the one before."""

    code: ClassVar[str] = "secret_needed"


class NameTaken(Refusal):
    """Another text has this name."""

    code: ClassVar[str] = "name_taken"


class BadMessage(Refusal):
    """A message lacks something; `field` says what."""

    code: ClassVar[str] = "bad_message"


class MayNotMail(Refusal):
    """We may not send this person anything, or nothing of this kind; `reason` says why."""

    code: ClassVar[str] = "may_not_mail"


class NotYet(Refusal):
    """Not now, but later: the message waits until the moment `until`."""

    code: ClassVar[str] = "not_yet"

    def __init__(self, *, until: datetime, reason: str) -> None:
        self.until = until
        self.reason = reason
        super().__init__(until=until.isoformat(), reason=reason)


class NotUncertain(Refusal):
    """Only a message of which nobody knows whether it arrived is sent again or dropped by hand."""

    code: ClassVar[str] = "not_uncertain"


class NotSuppressed(Refusal):
    """This address is not on the list, or was taken off it before."""

    code: ClassVar[str] = "not_suppressed"


class ReasonNeeded(Refusal):
    """Whoever takes an address off the list says why."""

    code: ClassVar[str] = "reason_needed"


class ReportUnreadable(Refusal):
    """This is no report of undelivered mail, nor of a complaint."""

    code: ClassVar[str] = "report_unreadable"


class HookUnproven(Refusal):
    """Whoever calls the address for a mail provider does not know its secret."""

    code: ClassVar[str] = "hook_unproven"


class HookUnreadable(Refusal):
    """This is nothing that the mail provider would say."""

    code: ClassVar[str] = "hook_unreadable"


class HookTooSoon(Refusal):
    """A mail provider tells of a message whose answer we did not write down yet."""

    code: ClassVar[str] = "hook_too_soon"


class ReportNotOurs(Refusal):
    """This report is about mail that we did not send."""

    code: ClassVar[str] = "report_not_ours"
