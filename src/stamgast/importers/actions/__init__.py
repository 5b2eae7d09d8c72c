"""The writers of this room: files brought in, how they are read, rows that were mended."""

from stamgast.importers.actions.importing import import_batch, import_file, remember_mapping
from stamgast.importers.actions.mending import drop_row, mend_row
from stamgast.importers.actions.uploads import confirm_upload, discard_upload, keep_upload
from stamgast.importers.look import Look, Question, look_at

__all__ = [
    "Look",
    "Question",
    "confirm_upload",
    "discard_upload",
    "drop_row",
    "import_batch",
    "import_file",
    "keep_upload",
    "look_at",
    "mend_row",
    "remember_mapping",
]
