#!/usr/bin/env python3
"""Makes emoji.tsv, how often the emoji are used (standard library only).

usage: make_emoji.py EMOJI.whl SPACY_LOOKUPS.whl O200K.tiktoken GITMOJIS.mjs PACKAGES_DIR... > emoji.tsv

Four public sources that know nothing of each other, and nothing of mojibake, are mixed, the icons with
half the weight of the others because they are not counted:

chat     lexeme probabilities of English comments on Reddit (`en_lexeme_prob.json.gz`)
web      merge ranks of a tokenizer trained on web text; the n-th most frequent token gets 1/n
icons    the list of gitmoji, which projects use as icons in headings and change logs; all alike
readme   packages (npm, crates.io, PyPI) whose README shows the emoji

The first argument lists which code points are emoji, and since which version of Unicode Emoji; a tenth
of the mass goes to all of them, older ones first, because every emoji is used by somebody. Output: share
of all emoji in millionths, tab, emoji; those below MIN_SHARE are left to the flat price of their block.
"""
import base64
import collections
import glob
import gzip
import json
import math
import os
import re
import sys
import zipfile

TAIL = 0.1  # of the mass, for all emoji alike
AGE_WEIGHT = {0.6: 1.0, 0.7: 0.5, 1.0: 0.5}  # of newer ones: 0.25
MIN_SHARE = 150e-6
NOT_COUNTED = set("™▪▫◻◼◽◾\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")  # marks, skin tones


def versions_of(wheel):
    """Single code points that are emoji by themselves, with the version that brought them."""
    archive = zipfile.ZipFile(wheel)
    name = next(n for n in archive.namelist() if n.endswith("unicode_codes/emoji.json"))
    found = {}
    for emoji, facts in json.loads(archive.read(name)).items():
        base = emoji.replace("\ufe0f", "")
        if len(base) == 1 and ord(base) > 0xFF and base not in NOT_COUNTED:
            found[base] = min(facts["E"], found.get(base, 99))
    return found


def normalised(counts):
    total = sum(counts.values())
    return {c: n / total for c, n in counts.items()}


def single(text, known):
    """The emoji that a token is made of, once or several times."""
    base = set(text.strip().replace("\ufe0f", ""))
    return base.pop() if len(base) == 1 and base <= known else None


def chat(wheel, known):
    name = "spacy_lookups_data/data/en_lexeme_prob.json.gz"
    lexemes = json.loads(gzip.decompress(zipfile.ZipFile(wheel).read(name)))
    counts = collections.Counter()
    for text, log_probability in lexemes.items():
        if emoji := single(text, known):
            counts[emoji] += math.exp(log_probability)
    return normalised(counts)


def web(vocabulary, known):
    best = {}
    for line in open(vocabulary):
        token, rank = line.split()
        try:
            text = base64.b64decode(token).decode()
        except UnicodeDecodeError:
            continue
        if emoji := single(text, known):
            best[emoji] = min(best.get(emoji, 10**9), int(rank))
    return normalised({emoji: 1 / rank for emoji, rank in best.items()})


def readmes(folder):
    """The README of every package in a folder: unpacked packages, or wheels."""
    for package in sorted(glob.glob(f"{folder}/*") + glob.glob(f"{folder}/@*/*")):
        if package.endswith(".whl"):
            archive = zipfile.ZipFile(package)
            metadata = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
            yield "".join(archive.read(n).decode("utf-8", "replace") for n in metadata)
        else:
            texts = []
            for path in glob.glob(f"{glob.escape(package)}/*.md"):
                with open(path, encoding="utf-8", errors="replace") as file:
                    texts.append(file.read())
            yield "".join(texts)


def readme(folders, known):
    counts, packages = collections.Counter(), 0
    for folder in folders:
        for text in readmes(folder):
            packages += bool(text)
            counts.update(set(text) & known)
    return normalised(counts), packages


def main():
    versions = versions_of(sys.argv[1])
    known = set(versions)
    with open(sys.argv[4], encoding="utf-8") as file:
        icons = normalised({c: 1 for c in set(file.read()) & known})
    shown, packages = readme(sys.argv[5:], known)
    sources = [(2, chat(sys.argv[2], known)), (2, web(sys.argv[3], known)), (1, icons), (2, shown)]
    total = sum(weight for weight, _ in sources)
    tail = normalised({c: AGE_WEIGHT.get(age, 0.25) for c, age in versions.items()})
    shares = {
        c: TAIL * tail[c] + (1 - TAIL) * sum(weight * s.get(c, 0) for weight, s in sources) / total
        for c in known
    }
    print("# Emoji by use: share of all emoji in millionths, emoji. Made by make_emoji.py.")
    for share, c in sorted(((s, c) for c, s in shares.items() if s >= MIN_SHARE), reverse=True):
        print(f"{share * 1e6:.0f}\t{c}")
    sizes = [len(s) for _, s in sources]
    print(f"{len(known)} emoji; known to chat, web, icons, readme: {sizes}; {packages} READMEs", file=sys.stderr)


if __name__ == "__main__":
    main()
