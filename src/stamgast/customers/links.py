"""The signed links behind which customers answer: nobody else's question can be guessed."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from stamgast.customers.models import Answer

# The question's own number, and a signature with the shop's secret. How long a link holds follows
# from when the question was asked, so it needs no moment of its own.
_SEPARATOR = "."


def token_of(answer: Answer) -> str:
    """Return what the address of the page with this question ends in."""
    return _signer().sign(str(answer.pk))


def answer_behind(token: str) -> Answer | None:
    """Return the question a link was made for; None when it is not ours, or was withdrawn."""
    try:
        number = int(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return Answer.objects.select_related("customer").filter(pk=number).first()


def _signer() -> Signer:
    return Signer(sep=_SEPARATOR, salt="stamgast.answer")
