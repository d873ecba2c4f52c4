"""One encrypted file a backup: packed, encrypted to recipients (age), and opened again."""

import tarfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from upath import UPath

from pipeline import private
from pipeline.errors import FatalError, RetriableError
from pipeline.messages import first_line


def identity(path: str) -> Any:
    """The identity in a file, as age-keygen writes one; made, for its owner alone, where there is none.

    Raises FatalError when there is something else.
    """
    import pyrage

    file = Path(path)
    if not file.exists():
        made = pyrage.x25519.Identity.generate()
        private.make_folder(file.parent)
        private.create_file(file)
        file.write_text(f"# public key: {made.to_public()}\n{made}\n")
        return made
    lines = [line.strip() for line in file.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-")]
    try:
        return pyrage.x25519.Identity.from_str(lines[0])
    except (IndexError, pyrage.IdentityError):
        raise FatalError(
            f"{path} holds no age identity (a line AGE-SECRET-KEY-…). Set UPKEEP_BACKUP_IDENTITY."
        ) from None


def recipients(texts: Sequence[str]) -> list[Any]:
    """Public keys, as `age1…`. Raises FatalError for what is none."""
    import pyrage

    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in texts]
    except pyrage.RecipientError:
        raise FatalError(
            "UPKEEP_BACKUP_RECIPIENTS: one is no public key of age (age1…). Correct it."
        ) from None


def seal(folder: Path, target: UPath, to: Sequence[Any]) -> int:
    """Pack a folder into one encrypted file, written aside and renamed; returns its bytes.

    The files of the folder go while they are packed. to: recipients.
    Raises RetriableError when it cannot be written.
    """
    import pyrage

    packed = folder.with_name(f"{folder.name}.tar")
    with tarfile.open(packed, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.add(path, path.relative_to(folder).as_posix())
            path.unlink()
    part = target.with_name(f".{target.name}.part")
    try:
        private.make_folder(target.parent)
        private.create_file(part)
        with packed.open("rb") as source, part.open("wb") as sealed:
            pyrage.encrypt_io(source, sealed, list(to))
        part.rename(target)
        return int(target.stat().st_size)
    except Exception as error:
        with suppress(Exception):
            part.unlink()
        raise RetriableError(
            f"{target} cannot be written: {first_line(error)}. The backups before it are as they were."
        ) from error
    finally:
        packed.unlink(missing_ok=True)


def unseal(source: UPath, folder: Path, key: Any) -> None:
    """Decrypt and unpack a backup into an empty folder. key: an identity.

    Raises:
        FatalError: it is none, was made for somebody else, or is damaged.
        RetriableError: its storage does not answer.
    """
    import pyrage

    packed = folder.with_name(f"{folder.name}.tar")
    private.create_file(packed)
    try:
        with _opened(source) as sealed, packed.open("wb") as plain:
            pyrage.decrypt_io(sealed, plain, [key])
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    except pyrage.DecryptError as error:
        raise FatalError(
            f"{source}: no backup that this identity opens ({first_line(error).lower()}). Take another "
            "backup, or the identity that it was made for (UPKEEP_BACKUP_IDENTITY)."
        ) from error
    except (OSError, tarfile.TarError) as error:
        raise FatalError(f"{source}: damaged ({first_line(error)}). Take another backup.") from error
    finally:
        packed.unlink(missing_ok=True)


def _opened(source: UPath) -> Any:
    try:
        return source.open("rb")
    except FileNotFoundError:
        raise FatalError(f"{source}: there is no such backup.") from None
    except Exception as error:
        raise RetriableError(f"{source}: {first_line(error)}. Check that the storage answers.") from error
