"""Serves a home as `stamgast serve` does, with one bare operation beside ours; for decision_call.py."""

from __future__ import annotations

import sys
import types

from stamgast.cli import set_up


def main(port: int) -> None:
    set_up()
    from django.conf import settings
    from django.http import HttpRequest
    from django.urls import include, path
    from ninja import NinjaAPI

    from stamgast.customers.models import Customer
    from stamgast.serving import run

    bare = NinjaAPI(urls_namespace="bare", docs_url=None, openapi_url=None)

    @bare.get("/customer/{pk}")
    def customer(request: HttpRequest, pk: int) -> dict[str, object]:
        row = Customer.objects.get(pk=pk)
        return {"id": row.pk, "key": row.key}

    urls = types.ModuleType("bare_urls")
    view = path("bare/", bare.urls)
    for pattern in view.url_patterns:
        pattern.callback.is_open = True
    urls.urlpatterns = [view, path("", include(settings.ROOT_URLCONF))]  # type: ignore[attr-defined]
    sys.modules["bare_urls"] = urls
    settings.ROOT_URLCONF = "bare_urls"
    run(host="127.0.0.1", port=port, threads=8, with_work=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
