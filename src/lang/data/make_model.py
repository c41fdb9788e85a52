#!/usr/bin/env python3
"""Makes the language model `languages.bin` from word counts.

    make_model.py COUNTS [--spanish-list FILE] [--english-lists DIR] [--vocabularies DIR] [-o languages.bin]

COUNTS holds one `LANG.tsv.gz` per language with lines `source TAB word TAB count`. The Spanish list is
Debian's /usr/share/dict/spanish (public domain), the English lists are SCOWL's /usr/share/dict/scowl, the
vocabularies are Snowball's `voc_LANG.txt`. Standard library only; the same inputs give the same bytes. Takes
about three minutes and 4 GB.

What it does, in order:
1. Mix the sources of a language into one frequency per word, add floors from word lists, regular Spanish
   inflections, chat spellings, and copies of accented words without their accents.
2. Count the character n-grams 1-4 of the most frequent words of each language, and those of up to three with letters
   in 32 classes.
3. Give every word one score per class: ln((1-u) frequency + u P(characters)), best class 0.
4. Drop the rarer words that the n-grams alone would score alike; of the others keep those that gain most by
   being stored: frequency times the square of what the n-grams get wrong.
5. Write the tables, of 4-bit cells, as the detector reads them in place.

Layout (little endian): b"LIMPLANG", u32 version, classes; for each of the four hash tables the number of its buckets;
one i16 per class (ln u in 1/64 nat); zeros up to 64 bytes; then the tables: the most frequent words in short, so that they
fit a small cache; the cells of the same; the other words of Spanish and English; all further words; the cells of all sequences of three classes of letters; and the
n-grams of four letters. A bucket has four slots: first the u16 fingerprints of all, then classes/2 bytes of cells for
each, low half first; a cell q stands for -q/2 nat. The most frequent words have u16 in short instead: the cells of
Spanish and English and the least of the others; and their cells apart, in the same order. A key is in the bucket that the
upper half of its hash tells; those of words that are not the most frequent are there or in the one that the lower half tells.
"""
import argparse
import gzip
import math
import os
import struct
import unicodedata
from collections import defaultdict
from multiprocessing import Pool

# The order is the order of the states in `path.rs`; es and en come first.
CLASSES = [
    "es",
    "en",
    "pt gl",
    "ca oc ast an",
    "it fr la ro sc",
    "de nl af sv da nb nn is fy lb fo",
    "eu fi et hu tr sq eo",
    "pl cs sk sl lt lv hr id vi sw cy ga tl ms",
]
# How much a source counts for its size; sources not named count 1.
WEIGHTS = {"cv": 3.0, "pydoc": 0.4, "quijote": 0.25, "regenta": 0.8, "pride": 0.7, "cldr": 0.3}
# Interface strings and names of things, which `count_words.py` counts: they bring words that the other sources lack,
# but their frequencies are not those of running text.
CATALOGUES = set("cldrann etherpad ha indico jupyter kolibri ooui oscar osm pdfjs pywikibot uppy wagtail".split())
CATALOGUE_WEIGHT = 0.3
# A catalogue says little about whether "online" is a word of its language: what only catalogues have and English
# has at this frequency is not counted. Without this, switch points in code-switched text lose 2 points.
ENGLISH_AT_LEAST = 1.5e-7
TRUSTED_TOKENS = 20_000
UNKNOWN_AT_LEAST = {"es": 0.06, "en": 0.05}
SCOWL_FLOORS = {10: 2e-6, 20: 1e-6, 35: 5e-7, 40: 3e-7, 50: 2e-7, 55: 1e-7, 60: 6e-8, 70: 3e-8}
SPANISH_LIST_FLOOR = 2.5e-7
VOCABULARY_FLOOR = 2.5e-7
VOCABULARIES = dict(es="es", en="en", pt="pt", it="it", fr="fr", de="ger", ro="ro", nb="no", fi="fi")
INFLECTED = 3e-8
CHAT = 2e-5
ACCENTLESS = 0.15
NGRAM_WORDS = 60_000
BACK_OFF = 0.3
STEP_FLOOR = 1e-4
FLOOR = -7.5
CLOSE = "pt gl ast an ca oc it fr".split()
# Below so many words of text a rank is worth less: in a small corpus every word is frequent.
RELIABLE_TOKENS = 300_000
# Buckets of four words that are looked at first, and the words that are offered a place in them. With less than half
# as many, whose table fits a nearer cache, the bench is 4 to 8 % slower: more words are looked for elsewhere.
HOT_BUCKETS = 28672
HOT_WORDS = 170_000
# Buckets of four n-grams.
GRAM_BUCKETS = 5461
# How full the table of other words is. With two buckets to choose from they can be filled up to 97 %.
FULL = 0.95
# Words so frequent are stored even if the n-grams score them alike: to find a word is quicker than to spell it.
FREQUENT = 5e-6
FREQUENT_OURS = 3e-7


def rank_weight(lang):
    """How dear a word of this language is when the table gets full."""
    return 1.0 if lang in ("es", "en") else 0.15 if lang in CLOSE else 0.05


def plain(word):
    """The word without its marks: canción -> cancion."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def read_counts(path):
    sources = defaultdict(lambda: defaultdict(int))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            source, word, count = line.rstrip("\n").split("\t")
            word = unicodedata.normalize("NFC", word)
            if len(word) <= 40 and all(c.isalpha() or c == "'" or unicodedata.combining(c) for c in word):
                sources[source][word] += int(count)
    return sources


def mix(sources, english):
    """One frequency per word, the share of running text that is unknown, and the number of words counted."""
    trusted = {source: words for source, words in sources.items() if source not in CATALOGUES}
    if english and sum(sum(words.values()) for words in trusted.values()) > TRUSTED_TOKENS:
        own = set().union(*trusted.values())
        for source in CATALOGUES & sources.keys():
            sources[source] = {w: c for w, c in sources[source].items() if w in own or w not in english}
    freq, total, seen = defaultdict(float), 0.0, defaultdict(int)
    for source, words in sorted(sources.items()):
        n = sum(words.values())
        if n < 50:
            continue
        weight = CATALOGUE_WEIGHT if source in CATALOGUES else WEIGHTS.get(source, 1.0)
        weight *= math.sqrt(n)
        total += weight
        for word, count in words.items():
            freq[word] += weight * count / n
            seen[word] += count
    tokens = sum(seen.values())
    singletons = sum(1 for c in seen.values() if c == 1)
    return {w: f / total for w, f in freq.items()}, 1.5 * singletons / tokens, tokens


def verb_endings():
    """The endings of the regular verbs, by infinitive ending."""
    future = "é ás á emos éis án ía ías íamos íais ían".split()
    ar = "o as a amos áis an é aste ó asteis aron aba abas ábamos abais aban e es emos éis en ara aras áramos arais aran ase ases ásemos aseis asen ado ada ados adas ando".split()
    er = "o es e emos éis en í iste ió imos isteis ieron ía ías íamos íais ían a as amos áis an iera ieras iéramos ierais ieran iese ieses iésemos ieseis iesen ido ida idos idas iendo".split()
    ir = er + "imos ís".split()
    return {t: forms + [t + f for f in future] + [t + c for c in CLITICS] for t, forms in (("ar", ar), ("er", er), ("ir", ir))}


CLITICS = "lo la los las le les me te nos se".split()


def inflect(word, verbs):
    """Regular Spanish forms of a dictionary word; more than the language has, at a tiny frequency."""
    ending, out = word[-2:], []
    if ending in verbs and len(word) > 3:
        stem = word[:-2]
        out += [stem + e for e in verbs[ending]]
        gerund = "ándo" if ending == "ar" else "iéndo"
        out += [stem + gerund + c for c in CLITICS]
        # The spelling keeps the sound: busqué, llegué, cruce.
        if ending == "ar":
            for tail, soft in (("c", "qu"), ("g", "gu"), ("z", "c")):
                if stem.endswith(tail):
                    out += [stem[:-1] + soft + e for e in "é e es emos éis en".split()]
    if word.endswith("o") and len(word) > 3:
        out += [word[:-1] + e for e in ("os", "a", "as", "amente")]
    for accented, bare in (("ón", "on"), ("és", "es"), ("án", "an"), ("ín", "in")):
        if word.endswith(accented):
            out += [word[:-2] + bare + e for e in ("es", "a", "as")]
    if word[-1] in "aeiouáéó":
        out.append(word + "s")
    elif word[-1] in "lrnd":
        out.append(word + "es")
        if word.endswith("l"):
            out.append(word + "mente")
    elif word.endswith("z"):
        out.append(word[:-1] + "ces")
    if word.endswith("e"):
        out.append(word + "mente")
    return out


def load_language(job):
    lang, args, english = job
    freq, unknown, tokens = mix(read_counts(os.path.join(args.counts, lang + ".tsv.gz")), english)
    unknown = min(max(unknown, UNKNOWN_AT_LEAST.get(lang, 0.03)), 0.15)

    def at_least(word, f):
        word = unicodedata.normalize("NFC", word)
        if freq.get(word, 0.0) < f:
            freq[word] = f

    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat.tsv"), encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(lang + "\t"):
                for word in line.split("\t")[1].split():
                    at_least(word.strip("'") if word.endswith("'") else word, CHAT)
    if lang == "es":
        if args.spanish_list:
            with open(args.spanish_list, encoding="utf-8") as lines:
                for word in lines.read().split():
                    if word.isalpha() and word == word.lower():
                        at_least(word, SPANISH_LIST_FLOOR)
        verbs = verb_endings()
        for word in sorted(w for w, f in freq.items() if f > 1e-7 and w.isalpha()):
            for form in inflect(word, verbs):
                freq.setdefault(form, INFLECTED)
    if args.vocabularies and lang in VOCABULARIES:
        path = os.path.join(args.vocabularies, f"voc_{VOCABULARIES[lang]}.txt")
        with open(path, encoding="utf-8") as lines:
            for word in lines.read().split():
                if word.isalpha() and word == word.lower():
                    at_least(word, VOCABULARY_FLOOR)
    if lang == "en" and args.english_lists:
        for level, floor in SCOWL_FLOORS.items():
            for kind in ("english-words", "american-words", "british-words", "english-contractions", "english-upper"):
                path = os.path.join(args.english_lists, f"{kind}.{level}")
                if os.path.exists(path):
                    with open(path, encoding="latin-1") as lines:
                        for word in lines.read().split():
                            if word == word.lower() and not word.endswith("'s") and word.replace("'", "").isalpha():
                                at_least(word, floor)
    bare = defaultdict(float)
    for word, f in freq.items():
        if not word.isascii():
            bare[plain(word)] += ACCENTLESS * f
    for word, f in bare.items():
        freq[word] = freq.get(word, 0.0) + f
    classed = defaultdict(float)
    for word, f in sorted(freq.items(), key=lambda x: (-x[1], x[0]))[:NGRAM_WORDS]:
        classed["".join(map(letter_class, word))] += f
    return lang, freq, unknown, steps_of(freq), steps_of(classed, 3)[0], tokens


def steps_of(freq, longest=4):
    """n-gram -> P(last letter | the letters before it), for the n-grams seen."""
    count = defaultdict(float)
    top = sorted(freq.items(), key=lambda x: (-x[1], x[0]))[:NGRAM_WORDS]
    for word, f in top:
        f **= 0.4
        marked = "^" + word + "$"
        for i in range(1, len(marked)):
            for n in range(1, longest + 1):
                if i + 1 >= n:
                    count[marked[i + 1 - n:i + 1]] += f
    letters = sum(f for g, f in count.items() if len(g) == 1)
    before = defaultdict(float)
    for gram, f in count.items():
        before[gram[:-1]] += f
    steps = {g: f / (before[g[:-1]] if len(g) > 1 else letters) for g, f in count.items()}
    share = {g: f / letters for g, f in count.items()}
    return steps, share


def step(steps, gram):
    """P(last | rest) with stupid back-off."""
    factor = 1.0
    while True:
        p = steps.get(gram)
        if p is not None:
            return max(p * factor, STEP_FLOOR)
        if len(gram) == 1:
            return STEP_FLOOR
        gram, factor = gram[1:], factor * BACK_OFF


def score_words(job):
    """ln((1-u) f + u P) of every candidate for one language."""
    words, freqs, unknown, steps = job
    cache, out = {}, []
    for word, f in zip(words, freqs):
        marked, log = "^" + word + "$", 0.0
        for i in range(1, len(marked)):
            gram = marked[max(0, i - 3):i + 1]
            value = cache.get(gram)
            if value is None:
                value = cache[gram] = math.log(step(steps, gram))
            log += value
        out.append(math.log((1 - unknown) * f + unknown * math.exp(log)))
    return out


def cells(scores):
    best = max(scores)
    return tuple(min(15, int((best - max(s, best + FLOOR)) * 2 + 0.5)) for s in scores)


def predicted(word, four, three, log_unknown):
    """The cells the detector gets for a word that it finds in no lexicon."""
    marked = "^" + word + "$"
    classed = "^^" + "".join(map(letter_class, word)) + "^"
    total = list(log_unknown)
    for i in range(1, len(marked)):
        row = four.get(marked[i - 3:i + 1]) if i >= 3 else None
        for k, q in enumerate(row or three[classed[i - 1:i + 2]]):
            total[k] -= q / 2
    return cells(total)


def told_apart(row):
    """Spanish, English, the best of the others: what the answer depends on most."""
    return row[0], row[1], min(row[2:])


# One letter for each class of letters: those of English, and what accents tell. Letters beyond Latin-1 are of the last.
CLASS_OF = {c: c for c in "abcdefghijklmnopqrstuvwxyz"}
for members in ("áéíóú", "ñ", "àèìòùâêîôûçãõ", "äëïöüåøæßÿ"):
    CLASS_OF.update(dict.fromkeys(members, members[0]))


def letter_class(c):
    return CLASS_OF.get(c, OTHER_LETTER)


OTHER_LETTER = "ž"
# The order of the classes in the table of three; `model.rs` has the same. 0 is the edge of a word.
THREE = "^abcdefghijklmnopqrstuvwxyz" + "áñàä" + OTHER_LETTER


def is_ours(row):
    """Whether Spanish or English is the best class."""
    return row[0] == 0 or row[1] == 0


def multiply(a, b):
    """The 128-bit product, folded: its lower half xor its upper half."""
    product = a * b
    return (product ^ (product >> 64)) & 0xFFFFFFFFFFFFFFFF


SEED, GOLDEN = 0x243F6A8885A308D3, 0x9E3779B97F4A7C15


def word_hash(word):
    """Blocks of sixteen UTF-8 bytes, the last filled up with zeros; its two halves are multiplied."""
    data, h = word.encode(), SEED
    for at in range(0, len(data), 16):
        block = data[at:at + 16].ljust(16, b"\0")
        h = multiply(h ^ int.from_bytes(block[:8], "little"), GOLDEN ^ int.from_bytes(block[8:], "little"))
    return h


def gram_hash(gram):
    """Four characters of one byte, the last one lowest. Those beyond Latin-1 share what it has no letters for."""
    packed = 0
    for c in gram:
        packed = packed << 8 | (0x60 if c in "^$" else ord(c) if c < "\u0100" else 0x80 | ord(c) & 0x1F)
    return multiply(packed ^ SEED, GOLDEN)


def slot(key, row, hash_of):
    """The two places of a key, each as a fraction of the table in 1/2**32, and its fingerprint and cells."""
    h = hash_of(key)
    return h >> 32, h & 0xFFFFFFFF, h & 0xFFFF, bytes(row[i] | row[i + 1] << 4 for i in range(0, len(row), 2))


def single_buckets(count, rows, hash_of):
    """Each key in one bucket. Rows that find theirs full are given back."""
    buckets, rest = [[] for _ in range(count)], []
    for key, row in rows:
        entry = slot(key, row, hash_of)
        bucket = buckets[entry[0] * count >> 32]
        if len(bucket) == 4:
            rest.append((key, row))
        else:
            bucket.append(entry)
    return rest, buckets


def buckets(rows, hash_of):
    """Cuckoo hashing: who finds both buckets full takes a place there, and who stood in it goes to its other bucket.
    Rows come the most frequent first, so that these mostly are in their first bucket."""
    count = int(len(rows) / (4 * FULL)) + 1
    buckets = [[] for _ in range(count)]
    turn = 0
    for key, row in rows:
        entry = slot(key, row, hash_of)
        at = entry[0] * count >> 32
        for _ in range(100_000):
            both = [place * count >> 32 for place in entry[:2]]
            free = next((b for b in both if len(buckets[b]) < 4), None)
            if free is not None:
                buckets[free].append(entry)
                break
            at = both[0] if at == both[1] else both[1]
            turn += 1
            entry, buckets[at][turn % 4] = buckets[at][turn % 4], entry
        else:
            raise SystemExit("a table is too full")
    return buckets


def filled(bucket, empty):
    """A slot that is left over repeats the last one, which is found before it."""
    return bucket + (bucket or [empty])[-1:] * (4 - len(bucket))


def packed(buckets, classes, in_short=None):
    """Fingerprints and cells of each bucket, or the cells in short."""
    data = []
    for bucket in buckets:
        full = filled(bucket, (0, 0, 0, bytes(classes // 2)))
        data.append(struct.pack("<4H", *(entry[2] for entry in full)))
        data += [(in_short or bytes)(entry[3]) for entry in full]
    return b"".join(data)


def in_short(cells):
    row = [half for byte in cells for half in (byte & 15, byte >> 4)]
    return struct.pack("<H", row[0] | row[1] << 4 | min(row[2:]) << 8)


def cells_only(buckets, classes):
    return b"".join(entry[3] for bucket in buckets for entry in filled(bucket, (0, 0, 0, bytes(classes // 2))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("counts")
    parser.add_argument("--spanish-list")
    parser.add_argument("--english-lists")
    parser.add_argument("--vocabularies")
    parser.add_argument("--words", type=int, default=236_000)
    parser.add_argument("--candidates", type=int, default=600_000)
    parser.add_argument("--ngrams", type=int, default=17_000)
    parser.add_argument("-o", "--output", default="languages.bin")
    args = parser.parse_args()

    classes = [members.split() for members in CLASSES]
    langs = [l for members in classes for l in members]
    with Pool(2) as pool:
        loaded = [load_language(("en", args, None))]
        english = {word for word, f in loaded[0][1].items() if f > ENGLISH_AT_LEAST}
        loaded += pool.map(load_language, [(l, args, english) for l in langs if l != "en"], chunksize=1)
        freq = {l: f for l, f, _, _, _, _ in loaded}
        unknown = {l: u for l, _, u, _, _, _ in loaded}
        steps = {l: s[0] for l, _, _, s, _, _ in loaded}
        share = {l: s[1] for l, _, _, s, _, _ in loaded}
        classed = {l: s for l, _, _, _, s, _ in loaded}
        dear = {l: rank_weight(l) * math.sqrt(min(1.0, n / RELIABLE_TOKENS)) for l, _, _, _, _, n in loaded}
        del loaded

        rank = defaultdict(float)
        for l in langs:
            k = dear[l]
            for word, f in freq[l].items():
                if f * k > rank[word]:
                    rank[word] = f * k
        words = sorted(rank, key=lambda w: (-rank[w], w))[:args.candidates]
        jobs = ((words, [freq[l].get(w, 0.0) for w in words], unknown[l], steps[l]) for l in langs)
        scores = dict(zip(langs, pool.imap(score_words, jobs)))

    gram_rank = defaultdict(float)
    for l in langs:
        k = math.sqrt(dear[l])
        for gram, f in share[l].items():
            if f * k > gram_rank[gram]:
                gram_rank[gram] = f * k
    def means_of(steps, gram):
        return cells([math.log(sum(step(steps[l], gram) for l in members) / len(members)) for members in classes])

    four = sorted((g for g in gram_rank if len(g) == 4), key=lambda g: (-gram_rank[g], g))[:args.ngrams]
    four, three = {gram: means_of(steps, gram) for gram in four}, {}
    for a in THREE:
        for b in THREE:
            for c in THREE:
                # A word starts with its edge, and ends with another.
                gram = (a + b).replace("^^", "^") + ("$" if c == "^" else c)
                three[a + b + c] = means_of(classed, gram) if b != "^" or a == "^" else (0,) * len(classes)
    # What the detector will find: a bucket may be too full for a rare n-gram.
    lost, four_buckets = single_buckets(GRAM_BUCKETS, four.items(), gram_hash)
    for gram, _ in lost:
        del four[gram]
    log_unknown = [math.log(sum(unknown[l] for l in members) / len(members)) for members in classes]

    gains, spelled_right = [], 0
    for i, word in enumerate(words):
        is_frequent = rank[word] >= FREQUENT or max(freq[l].get(word, 0.0) for l in ("es", "en")) >= FREQUENT_OURS
        row = cells([max(scores[l][i] for l in members) for members in classes])
        guess = predicted(word, four, three, log_unknown)
        off = max(abs(a - b) for a, b in zip(row, guess))
        if "'" in word:
            off = 15
        elif off <= 2 and not is_frequent:
            spelled_right += 1
            continue
        told = max(abs(a - b) for a, b in zip(told_apart(row), told_apart(guess)))
        gain = 1.0 if is_frequent else rank[word] * (told + 0.3 * off) ** 2
        gains.append((-gain, word, row))
    gains.sort()
    lexicon = [(word, row) for _, word, row in gains[:args.words]]

    by_rank = sorted(lexicon, key=lambda entry: (-rank[entry[0]], entry[0]))
    rest, hot = single_buckets(HOT_BUCKETS, by_rank[:HOT_WORDS], word_hash)
    rest += by_rank[HOT_WORDS:]
    ours = buckets([entry for entry in rest if is_ours(entry[1])], word_hash)
    others = buckets([entry for entry in rest if not is_ours(entry[1])], word_hash)
    count = len(classes)
    with open(args.output, "wb") as out:
        out.write(b"LIMPLANG" + struct.pack("<6I", 4, count, *map(len, (hot, ours, others, four_buckets))))
        out.write(struct.pack(f"<{count}h", *(round(64 * u) for u in log_unknown)).ljust(32, b"\0"))
        out.write(packed(hot, count, in_short) + cells_only(hot, count) + packed(ours, count) + packed(others, count))
        out.write(b"".join(bytes(row[i] | row[i + 1] << 4 for i in range(0, count, 2)) for row in three.values()))
        out.write(packed(four_buckets, count))
    mine = [sum(1 for _, row in lexicon if row[k] == 0) for k in range(len(classes))]
    print(f"{len(lexicon)} words ({spelled_right} left to the n-grams; best class {mine}), {len(four)} n-grams, {os.path.getsize(args.output)} bytes")


if __name__ == "__main__":
    main()
