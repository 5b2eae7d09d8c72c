"""Reading the surroundings: every setting has a default that needs no reading."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that NAME_FILE points at, or the default."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text("utf-8").strip()
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """Return a yes or no; refuses anything else at start-up."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; expected yes or no")


def number(name: str, default: int) -> int:
    """Return a whole number; refuses anything else at start-up."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; expected a whole number") from None


def home() -> Path:
    """Return the folder that holds this shop's database, uploads and backups; made when absent.

    STAMGAST_HOME, else `var` beside the launcher in a checkout, else the user's data folder.
    """
    named = os.environ.get("STAMGAST_HOME")
    checkout = Path(__file__).resolve().parents[2]
    if named:
        folder = Path(named).expanduser()
    elif (checkout / "stamgast").is_file() and (checkout / "pyproject.toml").is_file():
        folder = checkout / "var"
    else:
        import platformdirs

        folder = platformdirs.user_data_path("stamgast", appauthor=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder.resolve()


def secret(folder: Path) -> str:
    """Return the key that signs sessions and links: STAMGAST_SECRET, else one made once."""
    named = text("STAMGAST_SECRET")
    if named:
        return named
    file = folder / "secret.key"
    if not file.exists():
        draft = folder / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), "utf-8")
        try:
            os.link(draft, file)  # fails when another process was first: then theirs counts
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not file.exists():
                draft.replace(file)
                return file.read_text("utf-8").strip()
        draft.unlink(missing_ok=True)
    return file.read_text("utf-8").strip()
