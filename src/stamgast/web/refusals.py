"""Every "no, because" of the core in a sentence; a test keeps this complete."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.kernel import Refusal

SENTENCES: dict[str, str | Promise] = {
    "refused": _("This is not possible."),
}


def sentence(refusal: Refusal) -> str:
    """Return the reader's sentence for a refusal, with its facts filled in."""
    template = SENTENCES.get(refusal.code)
    if template is None:
        return gettext("This is not possible (%(code)s).") % {"code": refusal.code}
    return str(template) % refusal.facts
