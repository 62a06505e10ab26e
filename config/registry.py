"""Plug-ins found by folder name: one file, one decorator, nobody edits a list."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Generic, Protocol, TypeVar

from django.apps import apps


class Plugin(Protocol):
    key: str


P = TypeVar("P", bound=Plugin)


class Registry(Generic[P]):
    """Instances of the classes that the folder `name` of any installed app registers, by their `key`.

    A second class under a taken key raises ValueError at start-up; an unknown key raises KeyError.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._plugins: dict[str, P] = {}

    def register(self, plugin: type[P]) -> type[P]:
        other = self._plugins.get(plugin.key)
        if other is not None and type(other) is not plugin:
            raise ValueError(f"{self.name}: {plugin} and {type(other)} both use the key {plugin.key!r}")
        self._plugins[plugin.key] = plugin()
        return plugin

    def discover(self) -> None:
        """Import every module of the folder in every installed app, as Django does with `admin`."""
        for app in apps.get_app_configs():
            package = f"{app.name}.{self.name}"
            spec = find_spec(package)
            # A plain module of that name, such as `django.contrib.auth.backends`, is somebody else's.
            if spec is not None and spec.submodule_search_locations is not None:
                for module in pkgutil.iter_modules(import_module(package).__path__):
                    import_module(f"{package}.{module.name}")

    def get(self, key: str) -> P | None:
        return self._plugins.get(key)

    def __getitem__(self, key: str) -> P:
        return self._plugins[key]

    def __contains__(self, key: str) -> bool:
        return key in self._plugins

    def __iter__(self) -> Iterator[P]:
        return iter(sorted(self._plugins.values(), key=lambda plugin: plugin.key))

    def __len__(self) -> int:
        return len(self._plugins)
