"""Serves one bare django-ninja operation on the database of a home, for decision_call.py.

Nothing lies around it: no key, and no middleware but what says how long an answer is. It looks one
customer up by primary key.
"""

from __future__ import annotations

import sys
import types

from stamgast.cli import set_up


def main(port: int) -> None:
    set_up()
    import waitress
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpRequest
    from django.urls import path
    from ninja import NinjaAPI

    from stamgast.customers.models import Customer

    bare = NinjaAPI(urls_namespace="bare", docs_url=None, openapi_url=None)

    @bare.get("/customer/{pk}")
    def customer(request: HttpRequest, pk: int) -> dict[str, object]:
        row = Customer.objects.get(pk=pk)
        return {"id": row.pk, "key": row.key}

    urls = types.ModuleType("bare_urls")
    urls.urlpatterns = [path("bare/", bare.urls)]  # type: ignore[attr-defined]
    sys.modules["bare_urls"] = urls
    settings.ROOT_URLCONF = "bare_urls"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # says how long it is
    waitress.serve(get_wsgi_application(), host="127.0.0.1", port=port, threads=8, ident=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
