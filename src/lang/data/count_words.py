#!/usr/bin/env python3
"""Counts the words of translated message catalogues, for `make_model.py`.

    count_words.py PACKAGES COUNTS

PACKAGES holds the unpacked packages that `README.md` lists with their versions, one folder each, under the name
of the source (`osm`, `ha`, ...). For every language one file `COUNTS/LANG.tsv.gz` gains lines `source TAB word
TAB count`; lines of the same source that were there are replaced. Standard library only.

Placeholders, tags, addresses and access keys are taken out of a message first, and a message that stands
unchanged in English is no translation. Words are runs of letters with inner apostrophes, lower-cased; a
capitalised word inside a sentence is taken for a name and not counted (except in German), nor is a word in
capitals of two letters or more.
"""
import gettext
import glob
import gzip
import html
import json
import os
import re
import sys
from collections import Counter, defaultdict

# Codes that mean a language of the model under another name.
SAME = {"no": "nb", "fil": "tl", "in": "id", "sr-latn": "hr", "bs": "hr", "ca-valencia": "ca"}
LANGUAGES = set(
    "es en pt gl ca oc ast an it fr la ro de nl af sv da nb nn is eu fi et hu tr sq eo pl cs sk sl hr lt lv id ms "
    "vi sw cy ga tl ext fo lb fy sc fur lmo vec scn mi so zu xh yo".split()
)
TAG = re.compile(r"<[^<>]{1,200}>")
PLACEHOLDER = re.compile(
    r"%\([^)]*\)[#0\- +]*[a-z]?|%\d*\$?[sdifg@]|\$?\{[^{}]*\}|\$\([^)]*\)|%[A-Z_]+%|\$\w+|\b[a-z]+://\S+|:\w+:`[^`]*`|``[^`]*``"
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[.!?:…\n]")


def language(code):
    code = code.lower().replace("_", "-")
    if code.endswith("@latin"):
        return "hr"
    code = SAME.get(code, SAME.get(code.split("-")[0], code.split("-")[0]))
    return code if code in LANGUAGES else None


def plain(message):
    """The message without what is not language, or nothing if it looks like code."""
    message = html.unescape(message)
    message = re.sub(r"\{[^{}]*(?:plural|select)[\s\S]*", "", message)
    for _ in range(2):
        message = PLACEHOLDER.sub(" ", TAG.sub(" ", message))
    if message.count("_") == 1:
        message = message.replace("_", "")
    message = re.sub(r"&(?=\w)", "", message)
    return "" if re.search(r"\w_\w|[a-z][A-Z]|\\", message) else message


def words(message, lang):
    starts = True
    for word in WORD.findall(message):
        if not word[0].isalpha():
            starts = True
            continue
        loud = len(word) > 1 and word.isupper()
        named = word[0].isupper() and not starts and lang != "de" and word != "I"
        starts = False
        if not loud and not named and len(word) <= 40:
            yield word.lower().replace("’", "'")


def flat(value, path=""):
    """Every string of a JSON value, by its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{path}/{index}")
    elif isinstance(value, str):
        yield path, value


def catalogue(path):
    with open(path, "rb") as file:
        try:
            messages = gettext.GNUTranslations(file)._catalog
        except (OSError, UnicodeDecodeError, ValueError, LookupError):
            return
    for key, message in messages.items():
        key = key[0] if isinstance(key, tuple) else key
        if key and message:
            yield key, message


def gettext_package(folder):
    """(language, key, message) of .mo files in LANG/LC_MESSAGES."""
    for path in sorted(glob.glob(f"{folder}/**/*.mo", recursive=True)):
        found = re.search(r"/([A-Za-z_@]+)/LC_MESSAGES/", path)
        lang = "es" if "jupyter" in folder else language(found.group(1)) if found else None
        for key, message in catalogue(path) if lang else ():
            yield "en", key, key
            if lang != "en":
                yield lang, key, message


def json_package(folder, pattern, code=lambda path: os.path.basename(path).split(".")[0], root=""):
    """(language, key, message) of JSON files, one per language."""
    for path in sorted(glob.glob(f"{folder}/{pattern}", recursive=True)):
        lang = language(code(path))
        if not lang or ".min." in path:
            continue
        with open(path, encoding="utf-8") as file:
            try:
                messages = json.load(file)
            except ValueError:
                continue
        for key, message in flat(messages):
            if root:
                key = re.sub(root, "", key)
            if key.endswith(("/terms", "/aliases")):
                message = message.replace("\n", ", ")
            yield lang, os.path.dirname(path) + key, message


def line_package(folder, pattern, line, code):
    """(language, key, message) of text files with one message per line."""
    for path in sorted(glob.glob(f"{folder}/{pattern}", recursive=True)):
        lang = language(code(path))
        if lang:
            with open(path, encoding="utf-8") as file:
                for found in re.finditer(line, file.read(), re.M):
                    yield lang, found.group(1) or "", found.group(2).replace("\\'", "'")


def annotations(folder):
    """The names and keywords of CLDR annotations; every entry ends like a sentence."""
    for path in sorted(glob.glob(f"{folder}/**/annotations.json", recursive=True)):
        lang = language(os.path.basename(os.path.dirname(path)))
        with open(path, encoding="utf-8") as file:
            entries = json.load(file).get("annotations", {}).get("annotations", {}) if lang else {}
        for key, entry in entries.items():
            yield lang, key, ". ".join(entry.get("default", []) + entry.get("tts", []))


def parent(path):
    return os.path.basename(os.path.dirname(path))


PACKAGES = {
    "cldrann": annotations,
    "etherpad": lambda folder: json_package(folder, "**/locales/*.json"),
    "ha": lambda folder: json_package(folder, "**/translations/**/*.json", lambda path: re.sub(r"-[0-9a-f]{32}.*", "", os.path.basename(path))),
    "indico": gettext_package,
    "jupyter": gettext_package,
    "kolibri": gettext_package,
    "ooui": lambda folder: json_package(folder, "**/dist/i18n/*.json"),
    "oscar": gettext_package,
    "osm": lambda folder: json_package(folder, "**/dist/translations/*.json", root="^/[^/]+"),
    "pdfjs": lambda folder: line_package(folder, "**/bleeding-edge/locale/*/viewer.ftl", r"^([\w-]+)?\s*(?:\.\w+ )?= (.+)$", parent),
    "pywikibot": lambda folder: json_package(folder, "**/scripts/i18n/*/*.json"),
    "uppy": lambda folder: line_package(folder, "**/lib/*_*.js", r"^\s+'?(\w+)'?: '((?:[^'\\]|\\.)*)',?$", lambda path: os.path.basename(path).split(".")[0]),
    "wagtail": gettext_package,
}


def main():
    packages, counts = sys.argv[1:3]
    found = defaultdict(lambda: defaultdict(Counter))
    for source, read in sorted(PACKAGES.items()):
        messages = {(lang, key, plain(message)) for lang, key, message in read(os.path.join(packages, source))}
        english = {message for lang, _, message in messages if lang == "en"}
        for lang, _, message in sorted(messages):
            if lang == "en" or message not in english:
                found[lang][source].update(words(message, lang))
    for lang, sources in sorted(found.items()):
        path = os.path.join(counts, lang + ".tsv.gz")
        lines = []
        if os.path.exists(path):
            with gzip.open(path, "rt", encoding="utf-8") as old:
                lines = [line for line in old if line.split("\t", 1)[0] not in PACKAGES]
        for source, counted in sorted(sources.items()):
            ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
            lines += [f"{source}\t{word}\t{count}\n" for word, count in ranked]
        with gzip.open(path, "wt", encoding="utf-8") as new:
            new.writelines(lines)
        print(lang, {source: sum(counted.values()) for source, counted in sources.items()})


if __name__ == "__main__":
    main()
