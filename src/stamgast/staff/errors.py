"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class NoSuchUser(Refusal):
    """Nobody works here under this e-mail address."""

    code: ClassVar[str] = "no_such_user"


class EmailTaken(Refusal):
    """A colleague already signs in with this e-mail address."""

    code: ClassVar[str] = "email_taken"


class BadUserField(Refusal):
    """A field of a user is empty, too long or not one of its choices; `field` names it."""

    code: ClassVar[str] = "bad_user_field"


class WeakPassword(Refusal):
    """The password is too short, too common or too much like the user; `reasons` are codes."""

    code: ClassVar[str] = "weak_password"


class LastAdmin(Refusal):
    """Without this user nobody could change the settings any more."""

    code: ClassVar[str] = "last_admin"


class SignInRefused(Refusal):
    """Unknown, wrong, closed or locked: on purpose one answer, so that nobody learns which."""

    code: ClassVar[str] = "sign_in_refused"


class BadKey(Refusal):
    """A key needs a name and at least one known scope; `field` names what is wrong."""

    code: ClassVar[str] = "bad_key"


class BadSetting(Refusal):
    """A setting of the shop has no such value; `field` and `value` say which."""

    code: ClassVar[str] = "bad_setting"


class BadFilter(Refusal):
    """A saved filter needs a name and a query of at most 500 characters."""

    code: ClassVar[str] = "bad_filter"


class NotYourFilter(Refusal):
    """Only its owner deletes a saved filter."""

    code: ClassVar[str] = "not_your_filter"
