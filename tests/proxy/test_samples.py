"""The samples of a first start, and the paths that are offered."""

import errno
import shutil
from pathlib import Path

import pytest

from proxy.config import FilesystemStorage, Mount, S3Storage, Settings
from proxy.samples import SAMPLES, pictures, put_samples
from transforms.parser import parse


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_server_gets_the_samples(tmp_path):
    put_samples(Settings(data_dir=tmp_path / "data"))

    assert names(SAMPLES) == names(tmp_path / "data" / "originals")


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "originals").mkdir()

    put_samples(Settings(data_dir=tmp_path))

    assert (names(SAMPLES), ["originals"]) == (
        names(tmp_path / "originals"),
        [path.name for path in tmp_path.iterdir()],
    )


def test_a_full_disk_is_told_by_its_name(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copystat", full)

    with pytest.raises(OSError) as caught:
        put_samples(Settings(data_dir=tmp_path))
    assert "No space left on device" in str(caught.value.strerror)
    assert [] == list(tmp_path.iterdir())


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path):
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "mine.png").touch()

    paths = put_samples(Settings(data_dir=tmp_path))

    assert ({"mine.png"}, ["/w_300,f_avif/mine"]) == (names(tmp_path / "originals"), paths)


def test_a_folder_of_the_settings_is_left_alone(tmp_path):
    mount = Mount(storage=FilesystemStorage(path=tmp_path / "mine"))

    paths = put_samples(Settings(data_dir=tmp_path / "data", mounts=(mount,)))

    assert ([], []) == (paths, list(tmp_path.iterdir()))


def test_a_bucket_is_not_looked_into(tmp_path):
    settings = Settings(data_dir=tmp_path, mounts=(Mount(storage=S3Storage(bucket="b")),))

    assert [] == put_samples(settings)


def test_three_paths_are_offered_and_each_reads(tmp_path):
    paths = put_samples(Settings(data_dir=tmp_path))

    first, *_ = pictures(SAMPLES)
    recipes = [parse("/".join(segment for segment in path.split("/") if "_" in segment)) for path in paths]
    assert (3, True, f"/w_300,f_avif/{first.rpartition('.')[0]}") == (len(paths), all(recipes), paths[0])


@pytest.mark.parametrize(
    ("prefix", "file", "path"),
    [
        ("press", "a/cat.jpg", "/w_300,f_avif/press/a/cat"),
        ("", "two words.jpg", "/w_300,f_avif/two%20words"),
        ("", "100%.webp", "/w_300,f_avif/100%25"),
    ],
)
def test_paths_are_made_of_public_ids(tmp_path, prefix, file, path):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).touch()
    (tmp_path / "notes.txt").touch()
    mount = Mount(prefix=prefix, storage=FilesystemStorage(path=tmp_path))

    assert [path] == put_samples(Settings(mounts=(mount,)))
