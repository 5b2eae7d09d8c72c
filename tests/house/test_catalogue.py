"""Every text on screen has its Dutch."""

from __future__ import annotations

import gettext
import io
import re

import polib
import pytest

from house.catalogue import DUTCH, Message, in_python, in_template, key, messages
from house.plan import modules, shown, tree

NAMELESS = re.compile(r"%[sdrif]|%\.\d+f|\{\d*\}")
NAMED = re.compile(r"%\((\w+)\)")
# Doors and the words they use; the core gives codes and facts.
MAY_SPEAK = {"web", "api", "mail", "settings.py"}


@pytest.fixture(scope="module")
def dutch() -> polib.POFile:
    assert DUTCH.exists(), "there is no Dutch catalogue: run tests/house/catalogue.py"
    return polib.pofile(str(DUTCH))


def test_every_text_is_in_the_catalogue_and_nothing_else(dutch: polib.POFile) -> None:
    listed = {key(entry) for entry in dutch if not entry.obsolete}
    assert listed == messages().keys(), "run tests/house/catalogue.py"


def test_every_text_has_its_dutch(dutch: polib.POFile) -> None:
    missing = [entry.msgid for entry in (*dutch.untranslated_entries(), *dutch.fuzzy_entries())]
    assert not missing


def test_placeholders_have_names() -> None:
    texts = {text for message in messages() for text in (message.text, message.plural)}
    assert not {text for text in texts if NAMELESS.search(text.replace("%%", ""))}


def test_the_dutch_fills_in_the_same_facts(dutch: polib.POFile) -> None:
    different = []
    for entry in dutch:
        known = set(NAMED.findall(entry.msgid + entry.msgid_plural))
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        different += [text for text in texts if not set(NAMED.findall(text)) <= known]
    assert not different


def begins_again(text: str, source: str) -> bool:
    """Say whether a translation says its own beginning again, and the text it is of does not."""
    begin = text[:24]
    return len(begin) == 24 and text.count(begin) > 1 and source.count(source[:24]) == 1


def test_no_dutch_says_its_own_beginning_again(dutch: polib.POFile) -> None:
    texts = ((t, e.msgid) for e in dutch for t in (e.msgstr, *e.msgstr_plural.values()))
    assert not [text for text, source in texts if begins_again(text, source)]
    once = "Wie er dreigt af te haken."
    assert begins_again(once * 2, "Who is drifting.")
    assert not begins_again(once, "Who is drifting.")


def test_the_compiled_catalogue_is_fresh(dutch: polib.POFile) -> None:
    fresh = gettext.GNUTranslations(io.BytesIO(dutch.to_binary()))
    with DUTCH.with_suffix(".mo").open("rb") as file:
        committed = gettext.GNUTranslations(file)
    of_catalogue = "_catalog"  # there is no public way to list what a catalogue holds
    assert getattr(committed, of_catalogue) == getattr(fresh, of_catalogue)


def test_only_doors_make_sentences() -> None:
    speaking = {
        shown(path)
        for path in modules("**/*.py")
        if MAY_SPEAK.isdisjoint(path.parts)
        and any(
            (getattr(node, "module", "") or "").startswith("django.utils.translation")
            for node in tree(path).body
        )
    }
    assert not speaking


def test_texts_are_found_in_python() -> None:
    text = """
title = _("Customers")
stage = pgettext_lazy("stage", "new")
left = ngettext("%(n)s row", "%(n)s rows", n) % {"n": n}
shown = gettext(code)
"""
    assert set(in_python(text)) == {
        Message("Customers"),
        Message("new", context="stage"),
        Message("%(n)s row", "%(n)s rows"),
    }


def test_texts_are_found_in_templates() -> None:
    text = """{% load i18n %}<h1 title="{% translate 'Who (still) buys' %}">{{ _("Base") }}</h1>
{% blocktranslate count n=rows %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
{% translate "new" context "stage" %}"""
    assert set(in_template(text)) == {
        Message("Who (still) buys"),
        Message("Base"),
        Message("%(n)s row", "%(n)s rows"),
        Message("new", context="stage"),
    }
