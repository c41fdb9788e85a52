#!/usr/bin/env python3
"""Trains the weights that spam is scored with.  Standard library only.

  cargo build --release --example spam_signs
  src/spam/data/train.py --articles LABELLED.jsonl... [--kit SPAM.jsonl] [-o src/spam/data/weights.tsv]

What it reads:
- fixtures/spam/written.tsv: offers and texts about their subjects, written for this project. Lines
  of the part `train` are trained on, those of `test` only measured; those of `fresh` were written
  when the lexicon was done; the weights never saw them, but the weight of the classes was chosen
  with their figures in view, and a few terms were taken out after them.
- --articles: records {"text", "labels", "site"} with one label per line of the text; lines with the
  label `c` are content, that is, no spam. Without them the weights know too little of ordinary text.
- --kit: records {"text", "label", "kind", "lang"} that are only measured, never trained on.

The model is a logistic regression, fitted by stochastic gradient steps (AdaGrad) in a fixed order
with a small L2 penalty. A sign of spam may not speak against spam, nor a sign of a report for it:
weights of the wrong sign are 0. Figures are cross-validated by family: the offers of a family and
the texts about it are scored by weights that have not seen that family, article lines by weights
that have not seen their site."""
import argparse, json, math, os, random, subprocess, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
AGAINST = {"news", "argument", "narrative", "quotes", "length", "sentence"}
# How often a written line counts; an article line that shows something counts once. More finds more
# spam and takes more for it: more false alarms.
WRITTEN_WEIGHT = 60.0
HAM_WEIGHT = 80.0
# Least weights of what too few of the written lines show to be learned: sentences that comment robots
# have posted for years, letters of other alphabets, telephone numbers.
LEAST = {"phrases": 2.5, "disguised": 2.0, "phone": 0.3}
L2 = 3e-4
EPOCHS = 30
FOLDS = 5


def features(lines, binary):
    """The features of each line, as dicts."""
    text = "".join(" ".join(line.split()) + "\n" for line in lines)
    out = subprocess.run([binary], input=text.encode(), capture_output=True, check=True).stdout
    rows = [json.loads(line) for line in out.decode().splitlines()]
    assert len(rows) == len(lines)
    return rows


def probability(weights, row):
    if not row:
        return 0.0
    z = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in row.items())
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, z))))


def fit(rows):
    """rows: (features, 0 or 1, weight)."""
    names = sorted({name for row, _, _ in rows for name in row} | set(LEAST))
    weights = {name: 0.0 for name in names}
    weights["bias"] = -4.0
    weights.update(LEAST)
    squares = {name: 1.0 for name in weights}
    order = list(range(len(rows)))
    random.Random(1).shuffle(order)
    for _ in range(EPOCHS):
        for at in order:
            row, target, weight = rows[at]
            error = (probability(weights, row) - target) * weight
            for name, value in list(row.items()) + [("bias", 1.0)]:
                slope = error * value + (L2 * weights[name] * weight if name != "bias" else 0.0)
                squares[name] += slope * slope
                weights[name] -= 0.5 * slope / math.sqrt(squares[name])
                if name != "bias":
                    wrong = weights[name] > 0 if name in AGAINST else weights[name] < 0
                    if wrong:
                        weights[name] = 0.0
                    weights[name] = max(weights[name], LEAST.get(name, -math.inf))
    return weights


def shares(rows, score, cuts=(0.5, 0.65, 0.9)):
    values = [score(row) for row in rows]
    return "  ".join(f">={cut}: {100 * sum(v >= cut for v in values) / max(1, len(values)):6.2f} %" for cut in cuts)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--articles", nargs="*", default=[])
    ap.add_argument("--kit")
    ap.add_argument("--binary", default=f"{ROOT}/target/release/examples/spam_signs")
    ap.add_argument("-o", "--output")
    ap.add_argument("--without", nargs="*", default=[], help="features to leave out, for ablations")
    ap.add_argument("--show", type=int, default=0)
    ap.add_argument("--cross-validate", action="store_true")
    a = ap.parse_args()

    with open(f"{ROOT}/fixtures/spam/written.tsv", encoding="utf-8") as file:
        table = [line.rstrip("\n").split("\t") for line in file][1:]
    written = [dict(zip(("part", "label", "lang", "family", "text"), row)) for row in table]
    kit = [json.loads(line) for line in open(a.kit, encoding="utf-8")] if a.kit else []
    articles = []
    for path in a.articles:
        for line in open(path, encoding="utf-8"):
            record = json.loads(line)
            if record.get("lang") not in (None, "en", "es", "mixed"):
                continue
            for text, label in zip(record["text"].split("\n"), record["labels"]):
                if label == "c" and text.strip():
                    articles.append({"text": text, "site": record["site"]})
    for rows in (written, kit, articles):
        for row, found in zip(rows, features([row["text"] for row in rows], a.binary)):
            row["features"] = {k: v for k, v in found.items() if k not in a.without}

    def examples(written, articles):
        rows = []
        for row in written:
            if row["part"] == "train":
                spam = row["label"] == "spam"
                rows.append((row["features"], int(spam), WRITTEN_WEIGHT if spam else HAM_WEIGHT))
        rows += [(row["features"], 0, 1.0) for row in articles if row["features"]]
        return [row for row in rows if row[0] or row[1]]

    test = [row for row in written if row["part"] == "test"]
    fresh = [row for row in written if row["part"] == "fresh"]
    written = [row for row in written if row["part"] != "fresh"]
    of = lambda rows, label: [row for row in rows if row["label"] == label]
    print(f"{len(written)} written lines, {len(articles)} article lines, "
          f"{sum(bool(row['features']) for row in articles)} of them with signs")
    fold = lambda name: zlib.crc32(name.encode()) % FOLDS
    if a.cross_validate:
        scores = {"spam": [], "ham": [], "articles": []}
        for k in range(FOLDS):
            weights = fit(examples([r for r in written if fold(r["family"]) != k],
                                   [r for r in articles if fold(r["site"]) != k]))
            p = lambda row: probability(weights, row["features"])
            for label in ("spam", "ham"):
                scores[label] += [p(r) for r in of(written, label) if fold(r["family"]) == k]
            scores["articles"] += [p(r) for r in articles if fold(r["site"]) == k]
        print("cross-validated by family and by site:")
        for name, values in scores.items():
            print(f"  {name:10s} n {len(values):6d}  {shares(values, lambda v: v)}")
    weights = fit(examples(written, articles))
    p = lambda row: probability(weights, row["features"])
    print("all weights:")
    for name, rows in (("test spam", of(test, "spam")), ("test ham", of(test, "ham")),
                       ("fresh spam", of(fresh, "spam")), ("fresh ham", of(fresh, "ham")), ("articles", articles)):
        print(f"  {name:10s} n {len(rows):6d}  {shares(rows, p)}")
    if kit:
        for label in ("spam", "ham"):
            for kind in ("written", "other"):
                rows = [r for r in of(kit, label) if (r["source"] == "written") == (kind == "written")]
                print(f"  kit {label} {kind:8s} n {len(rows):4d}  {shares(rows, p)}")
    if a.show:
        worst = sorted(articles + of(test, "ham"), key=p, reverse=True)[: a.show]
        missed = sorted(of(test, "spam") + [r for r in of(kit, "spam") if r["source"] == "written"], key=p)[: a.show]
        for row in worst + missed:
            print(f"{p(row):.2f} {row['text'][:200]}\n       {row['features']}")
    if a.output:
        # The file in the tree names every feature, also those that no line here shows.
        with open(f"{HERE}/weights.tsv", encoding="utf-8") as old:
            names = [line.split("\t")[0] for line in old if not line.startswith("#")]
        with open(a.output, "w", encoding="utf-8") as out:
            out.write("# Weights of the features of spam, made by src/spam/data/train.py; see README.md beside this file.\n")
            for name in names:
                out.write(f"{name}\t{weights.get(name, 0.0):.3f}\n")


main()
