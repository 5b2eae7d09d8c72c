"""For gunicorn and other WSGI servers: `gunicorn stamgast.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
application = get_wsgi_application()
# Every page is loaded now, so that the first caller need not wait for it.
addresses = get_resolver().reverse_dict
