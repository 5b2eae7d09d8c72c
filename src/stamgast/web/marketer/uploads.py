"""Taking in a file: streamed into the shop's home under a name nobody can guess, never run."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

# The ending only helps who looks into the folder; what a file is, is read from its contents.
_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".parquet", ".json", ".jsonl"})


if TYPE_CHECKING:
    _Uploaded = UploadedFile[bytes]
else:
    _Uploaded = UploadedFile


class KeptFile(_Uploaded):
    """A file that stands in the home already."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        super().__init__(name=name, size=size)
        self.path = path


class IntoHome(FileUploadHandler):
    """Write an upload straight into the home, piece by piece; stops beyond the limit."""

    def __init__(self, request: HttpRequest | None = None, *, limit: int = 0) -> None:
        super().__init__(request)
        self.limit = limit or settings.UPLOAD_LIMIT
        self.is_too_large = False
        self._path: Path | None = None
        self._out: BinaryIO | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._path = new_path(self.file_name or "")
        self._out = self._path.open("xb")
        self._path.chmod(0o600)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.limit:
            self.is_too_large = True
            self.upload_interrupted()
            raise StopUpload(connection_reset=False)
        assert self._out is not None
        self._out.write(raw_data)

    def file_complete(self, file_size: int) -> KeptFile | None:
        assert self._out is not None
        assert self._path is not None
        self._out.close()
        return KeptFile(self._path, self.file_name or "", file_size)

    def upload_interrupted(self) -> None:
        """Leave nothing of half a file behind."""
        if self._out is not None and self._path is not None:
            self._out.close()
            self._path.unlink(missing_ok=True)


def new_path(name: str) -> Path:
    """Return a path in the folder of uploads that nobody can guess; the folder is made."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending = Path(name).suffix.lower()
    return folder / (secrets.token_hex(16) + (ending if ending in _ENDINGS else ".upload"))


def kept_path(name: str) -> Path | None:
    """Return the path of a file that we keep, or None when it is gone or lies elsewhere."""
    folder = Path(settings.MEDIA_ROOT).resolve()
    path = (folder / Path(name).name).resolve()
    return path if path.parent == folder and path.is_file() else None
