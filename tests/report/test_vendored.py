"""What Great Expectations' own pages load: what was taken from npm, with licences, and nothing else."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from tests.report.offline import other_hosts_of_style

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "report" / "assets"
VENDORED = ASSETS / "vendor" / "great_expectations"
OURS = {"README.md", "SHA256SUMS"}
MOST_BYTES = 1_000_000


def listed() -> dict[str, str]:
    """The checksums that are listed, by file."""
    lines = (VENDORED / "SHA256SUMS").read_text().splitlines()
    return {file: checksum for checksum, file in (line.split(maxsplit=1) for line in lines)}


def vendored() -> list[Path]:
    return [path for path in VENDORED.rglob("*") if path.is_file() and path.name not in OURS]


def test_every_file_is_listed_with_its_checksum():
    stored = {str(p.relative_to(VENDORED)): sha256(p.read_bytes()).hexdigest() for p in vendored()}
    assert stored == listed()


def test_the_font_of_our_pages_is_the_one_that_is_listed_and_has_its_licence():
    folder = ASSETS / "vendor" / "inter"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    files = {path.name: path for path in folder.iterdir() if path.name != "SHA256SUMS"}
    assert {line.split()[1]: line.split()[0] for line in lines} == {
        name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()
    }
    assert "SIL OPEN FONT LICENSE" in files["LICENSE"].read_text()
    assert "vendor/inter/inter-latin-wght-normal.woff2" in (ASSETS / "report.css").read_text()


def test_all_of_it_is_below_a_megabyte():
    assert 0 < sum(path.stat().st_size for path in vendored()) < MOST_BYTES


def test_each_package_has_its_licence():
    packages = [path for path in VENDORED.iterdir() if path.is_dir()]
    assert packages
    assert [package.name for package in packages if not list(package.glob("LICENSE*"))] == []


def test_the_versions_that_are_told_are_those_that_are_fetched():
    fetched = re.findall(r"^take (\S+)@(\S+)", (ROOT / "local" / "vendor-assets").read_text(), re.MULTILINE)
    told = re.findall(r"^\| (\S+) \| (\d\S*) \|", (VENDORED / "README.md").read_text(), re.MULTILINE)
    assert told == fetched
    assert fetched


@pytest.mark.parametrize("style", sorted(ASSETS.rglob("*.css")), ids=lambda path: path.name)
def test_no_stylesheet_names_another_host(style: Path):
    assert other_hosts_of_style(style.read_text(encoding="utf-8")) == set()
