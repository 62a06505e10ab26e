"""What every page of ours must have, whoever adds to it."""

from django.conf import settings


def test_pages_add_scripts_to_the_common_ones_and_never_replace_them() -> None:
    """Without them menus stay open, the search key is dead and nothing that loads later comes."""
    folder = settings.BASE_DIR / "templates"
    pages = [path for path in folder.rglob("*.html") if "{% block scripts %}" in path.read_text()]
    wrong = [path.name for path in pages if "{% block scripts %}{{ block.super }}" not in path.read_text()]
    assert wrong == ["document.html"]
    assert len(pages) > 10
