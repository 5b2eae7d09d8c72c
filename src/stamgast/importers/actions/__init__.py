"""The writers of this room: files brought in, how they are read, rows that were mended."""

from stamgast.importers.actions.importing import import_batch, import_file, remember_mapping
from stamgast.importers.actions.mending import drop_row, mend_row, restore_row
from stamgast.importers.look import Look, Question, look_at

__all__ = [
    "Look",
    "Question",
    "drop_row",
    "import_batch",
    "import_file",
    "look_at",
    "mend_row",
    "remember_mapping",
    "restore_row",
]
