"""The address at which a mail provider tells what became of our mail: proven, and safe to repeat."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stamgast.mail import configuration
from stamgast.mail.actions import take_word
from stamgast.mail.errors import HookTooSoon, HookUnproven, HookUnreadable
from stamgast.mail.hooks import read_hook
from stamgast.mail.providers import PROVIDERS
from stamgast.web.doors import StaffRequest, open_to_all


# No cookie and no sign-in: who calls proves itself with the secret in the address (basic authentication).
@csrf_exempt
@open_to_all
@require_http_methods(["HEAD", "POST"])
def mail_hook(request: StaffRequest, provider: str) -> HttpResponse:
    """Take what a provider tells; a HEAD only asks whether somebody is there."""
    secret = configuration.hook_secret()
    if provider not in PROVIDERS or not secret:
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()
    try:
        for word in read_hook(provider, request, secret=secret):
            take_word(word, at=request.at)
    except HookUnproven:
        return HttpResponse(status=403)
    except HookUnreadable:
        return HttpResponse(status=400)
    except HookTooSoon:  # the provider tells it again in a moment
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    return HttpResponse()
