#!/usr/bin/env python3
"""Trains the line model: a text score and boosted trees over features of lines.

    train.py WORK_DIR DATA.jsonl[:WEIGHT[:copies]] ... [--cross-validate] [--out boilerplate.bin]

Each DATA file holds records {"id", "site", "lang", "text", "labels"}; labels are one of c (content),
b (boilerplate), s (context only) for each line of text.split("\\n"). WEIGHT weighs its lines (1);
`copies` adds a copy of each document that has only its content, and copies of its runs of short
content lines: lists, tables and verses that have no article round them. The folder fixtures/ of the
project may stand for a DATA file: its pages and clean texts are labelled, too. Folds are by site, so that no page
of a site is judged by a model that saw another of its pages. Needs numpy, scipy, scikit-learn,
lightgbm, and `cargo build --release --features train --example line_model` beforehand.
"""
import argparse
import hashlib
import json
import os
import struct
import subprocess
import sys

import numpy as np
import scipy.sparse as sp

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = os.environ.get('LINE_MODEL') or os.path.join(HERE, '../../../target/release/examples/line_model')
BITS = 18
FOLDS = 5
BINS = 63
COPY_WEIGHT = 0.5
RUN_WEIGHT = 0.5
TREE_LANGS = ('en', 'es')
SIEVE_TREES = 20
SIEVE_LIMIT = 0.1


def letters(line):
    """Letters of a line, ideographs as one and a half."""
    return sum(1.5 if '\u3040' <= c <= '\u9fff' else 1 for c in line if c.isalpha())


def fold_of(record):
    key = record['id'] if record['site'] == 'written' else record['site']
    return int(hashlib.sha1(('line-model:' + key).encode()).hexdigest(), 16) % FOLDS


def records_of(path):
    """The records of a file of JSON Lines, or of the folder fixtures/."""
    if not os.path.isdir(path):
        return [json.loads(line) for line in open(path, encoding='utf-8')]
    records = []
    for name in sorted(os.listdir(os.path.join(path, 'documents'))):
        folder = os.path.join(path, 'documents', name)
        if os.path.isdir(folder):
            text = open(os.path.join(folder, 'in.txt'), 'rb').read().decode('utf-8', 'replace')
            lines = text.replace('\r\n', '\n').split('\n')
            removed = {json.loads(line)['line']
                       for line in open(os.path.join(folder, 'removed.jsonl'), encoding='utf-8')}
            labels = ['b' if number in removed else 'c' for number in range(1, len(lines) + 1)]
            records.append(dict(id=name, site='fixture-' + name, lang='en', labels=labels,
                                text='\n'.join(lines)))
    for name in sorted(os.listdir(os.path.join(path, 'clean'))):
        text = open(os.path.join(path, 'clean', name), encoding='utf-8').read()
        records.append(dict(id=name, site='fixture-' + name, lang='en', text=text,
                            labels=['c'] * (text.count('\n') + 1)))
    return records


def short_runs(record):
    """Runs of at least six short content lines, each as a document with the line before it."""
    lines = [pair for pair in zip(record['text'].split('\n'), record['labels']) if pair[0].strip()]
    runs, start = [], 0
    for at in range(len(lines) + 1):
        if at < len(lines) and lines[at][1] == 'c' and letters(lines[at][0]) < 60:
            continue
        if at - start >= 6:
            part = lines[max(0, start - 1):at]
            if all(label == 'c' for _, label in part):
                runs.append(dict(record, text='\n'.join(text for text, _ in part),
                                 labels=['c'] * len(part)))
        start = at + 1
    return runs[:3]


class Corpus:
    """The documents of all files with their copies, and one row for each non-blank line."""

    def __init__(self, work, specs):
        self.path = os.path.join(work, 'documents.jsonl')
        self.docs, rows = [], []
        with open(self.path, 'w', encoding='utf-8') as out:
            for spec in specs:
                path, _, rest = spec.partition(':')
                weight, _, copies = rest.partition(':')
                name = os.path.basename(path).rsplit('.', 1)[0]
                for record in records_of(path):
                    kinds = ['page']
                    if copies and 'b' in record['labels']:
                        kinds.append('copy')
                    for kind in kinds:
                        self.add(record, kind, name, float(weight or 1), out, rows)
                    for run in short_runs(record) if copies else []:
                        self.add(run, 'run', name, RUN_WEIGHT * float(weight or 1), out, rows)
        cols = list(zip(*rows))
        self.doc = np.array(cols[0])
        self.label = np.array(cols[1])
        self.letters = np.array(cols[2])
        doc = lambda key: np.array([d[key] for d in self.docs])[self.doc]
        self.fold, self.weight, self.kind = doc('fold'), doc('weight'), doc('kind')
        self.name, self.lang = doc('name'), doc('lang')

    def add(self, record, kind, name, weight, out, rows):
        lines = list(zip(record['text'].split('\n'), record['labels']))
        if kind == 'copy':
            lines = [(text, label) for text, label in lines if label == 'c' or not text.strip()]
            weight *= COPY_WEIGHT
        doc = len(self.docs)
        self.docs.append(dict(id=record['id'], site=record['site'], lang=record['lang'], name=name,
                              kind=kind, weight=weight, fold=fold_of(record),
                              type=record.get('type', '')))
        out.write(json.dumps({'text': '\n'.join(t for t, _ in lines), 'site': record['site']}) + '\n')
        for text, label in lines:
            if text.strip():
                rows.append((doc, label, letters(text)))


def tokens_of(work, corpus):
    path = os.path.join(work, 'tokens.bin')
    subprocess.run([TOOL, 'tokens', corpus.path, path], check=True)
    raw = np.fromfile(path, dtype='<u4')
    at, starts, parts = 0, [0], []
    while at < len(raw):
        count = int(raw[at])
        parts.append(raw[at + 1:at + 1 + count])
        starts.append(starts[-1] + count)
        at += 1 + count
    columns = np.concatenate(parts).astype(np.int64)
    starts = np.array(starts)
    counts = np.diff(starts)
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts)
    matrix = sp.csr_matrix((values, columns, starts), shape=(len(counts), 1 << BITS))
    matrix.sum_duplicates()
    return matrix


def line_weights(corpus):
    return np.sqrt(np.minimum(corpus.letters + 1, 2000)) * corpus.weight


def train_text(matrix, corpus, rows):
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression(C=4, max_iter=60)
    weight = line_weights(corpus)[rows]
    model.fit(matrix[rows], corpus.label[rows] == 'b', sample_weight=weight / weight.mean())
    weights = model.coef_[0]
    step = np.abs(weights).max() / 127
    return np.round(weights / step).astype(np.int8), np.float32(step), np.float32(model.intercept_[0])


def text_scores(matrix, model):
    weights, step, bias = model
    return np.round((matrix @ weights.astype(np.float64) * step + bias) * 256).astype('<i4')


def features_of(work, corpus, scores, names):
    inp, out = os.path.join(work, 'scores.bin'), os.path.join(work, 'features.bin')
    scores.astype('<i4').tofile(inp)
    subprocess.run([TOOL, 'features', corpus.path, inp, out], check=True)
    rows = np.fromfile(out, dtype='<i4').reshape(-1, len(names))
    assert len(rows) == len(scores), (rows.shape, scores.shape)
    return rows


def bin_edges(rows):
    """Upper edges of at most BINS + 1 bins of each feature."""
    edges = []
    for column in rows.T:
        values = np.unique(column)
        if len(values) > BINS:
            values = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1), method='lower'))
        edges.append(values[:-1].astype(np.int64))
    return edges


def binned(rows, edges):
    return np.stack([np.searchsorted(e, c, side='left') for c, e in zip(rows.T, edges)], axis=1).astype(np.uint8)


def train_trees(bins, corpus, rows, trees, seed=1):
    import lightgbm
    data = lightgbm.Dataset(bins[rows], label=(corpus.label[rows] == 'b').astype(int),
                            weight=line_weights(corpus)[rows],
                            params=dict(max_bin=255, min_data_in_bin=1, verbose=-1))
    params = dict(objective='binary', num_leaves=16, learning_rate=0.15, feature_fraction=0.4,
                  bagging_fraction=0.7, bagging_freq=1, min_data_in_leaf=20, lambda_l2=5,
                  seed=seed, verbose=-1, num_threads=2, deterministic=True)
    return lightgbm.train(params, data, num_boost_round=trees)


def train_sieve(bins, corpus, rows, first, seed=1):
    """Small trees over the first features."""
    import lightgbm
    data = lightgbm.Dataset(bins[rows][:, :first], label=(corpus.label[rows] == 'b').astype(int),
                            weight=line_weights(corpus)[rows],
                            params=dict(max_bin=255, min_data_in_bin=1, verbose=-1))
    params = dict(objective='binary', num_leaves=8, max_depth=3, learning_rate=0.3, feature_fraction=0.8,
                  bagging_fraction=0.7, bagging_freq=1, min_data_in_leaf=20, lambda_l2=5,
                  seed=seed, verbose=-1, num_threads=2, deterministic=True)
    return lightgbm.train(params, data, num_boost_round=SIEVE_TREES)


def usable(corpus):
    return (corpus.label != 's') & np.isin(corpus.lang, TREE_LANGS)


# --- what comes out -----------------------------------------------------------------------------

def figures(corpus, p, rows, threshold, gate=None, cap=None):
    """Line F1, letter F1, loss, documents that lose more than 5 % (percent)."""
    drop = np.zeros(len(p), bool)
    for doc in np.unique(corpus.doc[rows]):
        at = np.arange(*corpus.range[doc])
        own = p[at]
        if gate is not None and not (own > gate).any():
            continue
        gone = own > threshold
        if cap is not None:
            text = corpus.letters[at] * (corpus.letters[at] >= 100)
            if text[gone].sum() > cap[0] * text.sum():
                gone = own > cap[1]
        drop[at] = gone
    sel = rows & (corpus.label != 's')
    b, c = sel & (corpus.label == 'b'), sel & (corpus.label == 'c')
    n = corpus.letters
    tp, fn, fp = (b & drop).sum(), (b & ~drop).sum(), (c & drop).sum()
    ctp, cfn, cfp = n[b & drop].sum(), n[b & ~drop].sum(), n[c & drop].sum()
    content = np.bincount(corpus.doc[c], n[c], len(corpus.docs))
    lost = np.bincount(corpus.doc[c & drop], n[c & drop], len(corpus.docs))
    docs = np.unique(corpus.doc[rows])
    hurt = (lost[docs] > .05 * content[docs]).mean()
    f = lambda tp, fn, fp: 200 * tp / max(1, 2 * tp + fn + fp)
    return (f(tp, fn, fp), f(ctp, cfn, cfp), 100 * cfp / max(1, n[c].sum()), 100 * hurt,
            100 * tp / max(1, tp + fn), 100 * tp / max(1, tp + fp))


def table(corpus, p):
    corpus.range = {}
    bounds = np.searchsorted(corpus.doc, np.arange(len(corpus.docs) + 1))
    for doc in range(len(corpus.docs)):
        corpus.range[doc] = (bounds[doc], bounds[doc + 1])
    page = corpus.kind == 'page'
    for level, threshold, strict in (('cautious', .93, .97), ('balanced', .82, .93), ('aggressive', .65, .82)):
        for name in dict.fromkeys(corpus.name):
            for lang in dict.fromkeys(corpus.lang[corpus.name == name]):
                rows = page & (corpus.name == name) & (corpus.lang == lang)
                if len(np.unique(corpus.doc[rows])) < 15:
                    continue
                row = figures(corpus, p, rows, threshold, .95, (.3, strict))
                print(f'{level:<10} {name:<20} {lang:<4}' + ' '.join(f'{v:6.2f}' for v in row))


def curve(corpus, p):
    """Letter F1 at fixed losses, English, without gate and cap."""
    out = []
    for name, losses in (('r1_dev', (.2, .6, 1.2)), ('r2_dev', (.7, 1.1, 1.8))):
        rows = (corpus.kind == 'page') & (corpus.name == name) & (corpus.lang == 'en') & (corpus.label != 's')
        order = np.argsort(-p[rows], kind='stable')
        b, n = (corpus.label[rows] == 'b')[order], corpus.letters[rows][order]
        lost = np.cumsum(n * ~b) / (n * ~b).sum() * 100
        for loss in losses:
            k = np.searchsorted(lost, loss)
            tp, fp = b[:k].sum(), (~b[:k]).sum()
            ctp, cfp = (n * b)[:k].sum(), (n * ~b)[:k].sum()
            out.append((200 * tp / (tp + fp + b.sum()), 200 * ctp / (ctp + cfp + (n * b).sum())))
    print('curve  ' + '  '.join(f'{a:.1f}/{b:.1f}' for a, b in out), ' mean', round(np.mean(out), 2))


def write_model(path, text, edges, booster, sieve, typical):
    weights, step, bias = text
    with open(path, 'wb') as out:
        out.write(b'LINEMOD2')
        out.write(struct.pack('<ff', step, bias))
        out.write(weights.tobytes())
        out.write(struct.pack('<H', len(edges)))
        for e, t in zip(edges, typical):
            out.write(struct.pack('<BB', len(e), t))
            out.write(np.asarray(e, '<i4').tobytes())
        dump = booster.dump_model()
        out.write(struct.pack('<H', len(dump['tree_info'])))
        for tree in dump['tree_info']:
            nodes, leaves = [], []

            def visit(node):
                if 'leaf_value' in node:
                    leaves.append(node['leaf_value'])
                    return 1 << (len(leaves) - 1)
                place = len(nodes)
                nodes.append(None)
                left = visit(node['left_child'])
                right = visit(node['right_child'])
                nodes[place] = (node['split_feature'], int(np.floor(node['threshold'])), 0xFFFF & ~left)
                return left | right

            visit(tree['tree_structure'])
            out.write(struct.pack('<BB', len(nodes), len(leaves)))
            for feature, threshold, mask in nodes:
                out.write(struct.pack('<BBH', feature, threshold, mask))
            out.write(np.asarray(leaves, '<f4').tobytes())
        out.write(struct.pack('<f', np.log(SIEVE_LIMIT / (1 - SIEVE_LIMIT))))
        dump = sieve.dump_model()
        out.write(struct.pack('<H', len(dump['tree_info'])))
        for tree in dump['tree_info']:
            # A whole tree of three levels; a leaf higher up stands for all below it.
            nodes, leaves = [(0, 255)] * 7, [0.0] * 8

            def place(node, at, depth):
                if depth == 3:
                    leaves[at - 8] = node['leaf_value']
                elif 'leaf_value' in node:
                    place(node, 2 * at, depth + 1)
                    place(node, 2 * at + 1, depth + 1)
                else:
                    nodes[at - 1] = (node['split_feature'], int(np.floor(node['threshold'])))
                    place(node['left_child'], 2 * at, depth + 1)
                    place(node['right_child'], 2 * at + 1, depth + 1)

            place(tree['tree_structure'], 1, 0)
            for feature, threshold in nodes:
                out.write(struct.pack('<BB', feature, threshold))
            out.write(np.asarray(leaves, '<f4').tobytes())


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('work')
    ap.add_argument('data', nargs='+')
    ap.add_argument('--cross-validate', action='store_true')
    ap.add_argument('--trees', type=int, default=150)
    ap.add_argument('--out')
    a = ap.parse_args()
    os.makedirs(a.work, exist_ok=True)
    names = subprocess.run([TOOL, 'names'], check=True, capture_output=True, text=True).stdout
    first = len(names.split('\n')[0].split())
    names = names.split()
    has_hit = [names.index('own_strong'), names.index('own_weak')]
    corpus = Corpus(a.work, a.data)
    print(f'{len(corpus.docs)} documents, {len(corpus.doc)} lines, {len(names)} features', file=sys.stderr)
    matrix = tokens_of(a.work, corpus)
    # Copies hold no new lines.
    for_text = (corpus.label != 's') & (corpus.kind == 'page')
    scores = np.zeros(len(corpus.doc), '<i4')
    texts = []
    for fold in range(FOLDS):
        model = train_text(matrix, corpus, for_text & (corpus.fold != fold))
        texts.append(model)
        own = corpus.fold == fold
        scores[own] = text_scores(matrix[own], model)
        print('text score, fold', fold, file=sys.stderr)
    rows = features_of(a.work, corpus, scores, names)
    np.savez(os.path.join(a.work, 'rows.npz'), rows=rows, doc=corpus.doc, label=corpus.label,
             letters=corpus.letters, fold=corpus.fold, scores=scores)
    json.dump(corpus.docs, open(os.path.join(a.work, 'docs.json'), 'w'))
    edges = bin_edges(rows[usable(corpus)])
    bins = binned(rows, edges)
    content = usable(corpus) & (corpus.label == 'c') & (corpus.kind == 'page')
    typical = np.median(bins[content], axis=0).astype(int)
    if a.cross_validate:
        p = np.zeros(len(rows))
        for fold in range(FOLDS):
            model = train_trees(bins, corpus, usable(corpus) & (corpus.fold != fold), a.trees)
            own = corpus.fold == fold
            sieve = train_sieve(bins, corpus, usable(corpus) & (corpus.fold != fold), first)
            through = sieve.predict(bins[own][:, :first])
            passes = (through < SIEVE_LIMIT) & (rows[own][:, has_hit] <= 0).all(axis=1)
            p[own] = np.where(passes, through, model.predict(bins[own]))
            of_pages = passes[(corpus.kind == 'page')[own] & (corpus.label == 'c')[own]]
            print(f'{100 * of_pages.mean():.1f} % of content lines pass the sieve', file=sys.stderr)
            write_model(os.path.join(a.work, f'fold-{fold}.bin'), texts[fold], edges, model, sieve, typical)
            print('trees, fold', fold, file=sys.stderr)
        np.save(os.path.join(a.work, 'p.npy'), p)
        curve(corpus, p)
        table(corpus, p)
    if a.out:
        text = train_text(matrix, corpus, for_text)
        booster = train_trees(bins, corpus, usable(corpus), a.trees)
        sieve = train_sieve(bins, corpus, usable(corpus), first)
        write_model(a.out, text, edges, booster, sieve, typical)
        gain = booster.feature_importance('gain')
        order = np.argsort(-gain)
        print('gain: ' + ', '.join(f'{names[i]} {100 * gain[i] / gain.sum():.1f}' for i in order[:40]))
        print(os.path.getsize(a.out), 'bytes')


if __name__ == '__main__':
    main()
