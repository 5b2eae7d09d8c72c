"""The script that draws pictures: Vega as vl-convert carries it, kept in the home, served by us.

It is 876 kB, so it is not in the repository; it is made once, offline, in a process of its own
(making it takes a second and 200 MB).
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

_making = threading.Lock()


@cache
def bundle_version() -> str:
    """Return the version of the script, which is part of its address."""
    return version("vl-convert-python")


def bundle_file() -> Path:
    """Return the script, compressed, made when it is not there yet."""
    file: Path = settings.HOME / "cache" / f"vega-{bundle_version()}.js.gz"
    if not file.exists():
        with _making:
            if not file.exists():
                subprocess.run([sys.executable, "-m", __name__, str(file)], check=True, timeout=120)  # noqa: S603 - our own module, no shell
    return file


def vega(request: HttpRequest, version: str) -> HttpResponseBase:
    """Serve the script; its address changes with its version, so it may be kept for ever."""
    if version != bundle_version():
        raise Http404
    file = bundle_file()
    response: FileResponse | HttpResponse
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response = FileResponse(file.open("rb"), content_type="text/javascript")
        response["Content-Encoding"] = "gzip"
    else:
        script = gzip.decompress(file.read_bytes())
        response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def make(file: Path) -> None:
    """Write the compressed script in one move, so that nobody ever reads half of it."""
    import vl_convert

    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{threading.get_native_id()}.draft")
    draft.write_bytes(
        gzip.compress(
            vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").encode(), mtime=0
        )
    )
    draft.replace(file)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
