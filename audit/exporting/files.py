"""Where the files of exports are: a private folder that web and worker share."""

import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

from audit.models import Export

SUFFIXES = {"jsonl": "jsonl", "csv": "csv", "bundle": "bundle.tar"}
_BLOCK = 256 * 1024


def folder() -> Path:
    """The folder, made where it is missing; nobody but its owner may look into it."""
    found = Path(settings.EXPORTS_DIR)
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def path_of(export: Export) -> Path:
    """The finished file."""
    return folder() / f"{export.pk}.{SUFFIXES[export.format]}"


def workplace(export: Export) -> Path:
    """An empty private folder for this attempt; what earlier ones left behind is removed."""
    for left in folder().glob(f"{export.pk}.*.part"):
        shutil.rmtree(left, ignore_errors=True)
    found = folder() / f"{export.pk}.{export.attempt}.part"
    found.mkdir(mode=0o700)
    return found


def there() -> list[Path]:
    """Whatever lies in the folder now."""
    return list(folder().iterdir())


def remove(paths: Iterable[Path], *, but: Collection[UUID]) -> None:
    """Remove those that belong to none of these exports."""
    kept = {str(id) for id in but}
    for path in paths:
        if path.name.split(".")[0] in kept:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
