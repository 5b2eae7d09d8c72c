"""One's own account: language and password."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from stamgast.web.doors import StaffRequest, open_to_all, page


def _back(request: HttpRequest) -> str:
    """Return where the reader came from, when that is a page of ours."""
    to = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure())
    return to if is_ours else "/"


@open_to_all
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on; refuses one we do not speak."""
    response = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            request.user.language = chosen
            request.user.save(update_fields=["language"])
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 24 * 3600, samesite="Lax"
        )
    return response


@page()
def me(request: StaffRequest) -> HttpResponse:
    """Show one's own account."""
    return render(request, "me.html")
