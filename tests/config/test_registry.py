import sys
from pathlib import Path

import pytest
from django.apps.registry import Apps

from config.registry import Registry


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two installed apps, of which `orchard` has a folder `fruits` with one file per plug-in."""
    folder = tmp_path / "orchard" / "fruits"
    folder.mkdir(parents=True)
    (tmp_path / "shed").mkdir()
    for package in (folder.parent, folder, tmp_path / "shed"):
        (package / "__init__.py").touch()

    def plant(file: str, text: str) -> None:
        (folder / file).write_text(f"from tests.config.test_registry import fruits\n{text}")

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("config.registry.apps", Apps(["orchard", "shed"]))
    monkeypatch.setattr(sys.modules[__name__], "fruits", Registry("fruits"))
    yield plant
    for name in [name for name in sys.modules if name.split(".")[0] in ("orchard", "shed")]:
        del sys.modules[name]


fruits: Registry = Registry("fruits")
PLUM = "@fruits.register\nclass Plum:\n    key = 'plum'\n"
APPLE = "@fruits.register\nclass Apple:\n    key = 'apple'\n"


def test_a_file_in_the_folder_of_an_app_is_enough(planted):
    planted("plum.py", PLUM)
    planted("apple.py", APPLE)
    fruits.discover()
    assert [plugin.key for plugin in fruits] == ["apple", "plum"]
    assert type(fruits["plum"]).__name__ == "Plum"
    assert "plum" in fruits
    assert len(fruits) == 2


def test_an_unknown_key_is_an_error_or_none_as_asked(planted):
    fruits.discover()
    assert fruits.get("plum") is None
    with pytest.raises(KeyError):
        fruits["plum"]


def test_two_classes_under_one_key_stop_the_start(planted):
    planted("apple.py", APPLE)
    planted("pear.py", APPLE.replace("Apple", "Pear"))
    with pytest.raises(ValueError, match=r"fruits: .*Pear.*Apple.* both use the key 'apple'"):
        fruits.discover()


def test_finding_twice_changes_nothing(planted):
    planted("plum.py", PLUM)
    fruits.discover()
    first = fruits["plum"]
    fruits.discover()
    assert fruits["plum"] is first


def test_a_broken_plug_in_is_loud(planted):
    planted("rotten.py", "raise RuntimeError('rotten')\n")
    with pytest.raises(RuntimeError, match="rotten"):
        fruits.discover()
