#!/usr/bin/env python3
"""Cleans each labelled document with the model that was trained without its site.

    cross_validate.py WORK_DIR LIMPIO OUT_DIR DATA.jsonl ... [-- LIMPIO OPTIONS]

WORK_DIR holds the fold-N.bin that train.py --cross-validate wrote; LIMPIO is a binary built with
`--features train`, which reads LIMPIO_LINE_MODEL. For each DATA file, OUT_DIR/NAME holds the cleaned
records, in the order of the input, ready for a scorer.
"""
import json
import os
import subprocess
import sys

from train import FOLDS, fold_of


def main():
    args = sys.argv[1:]
    options = []
    if '--' in args:
        options = args[args.index('--') + 1:]
        args = args[:args.index('--')]
    work, limpio, out, *data = args
    os.makedirs(out, exist_ok=True)
    for path in data:
        records = [json.loads(line) for line in open(path, encoding='utf-8')]
        cleaned = {}
        for fold in range(FOLDS):
            part = ''.join(json.dumps({'id': r['id'], 'text': r['text']}) + '\n'
                           for r in records if fold_of(r) == fold)
            env = dict(os.environ, LIMPIO_LINE_MODEL=os.path.join(work, f'fold-{fold}.bin'))
            run = subprocess.run([limpio, 'clean', '--format', 'jsonl', *options],
                                 input=part.encode(), stdout=subprocess.PIPE, env=env, check=True)
            for line in run.stdout.decode().splitlines():
                cleaned[json.loads(line)['id']] = line
        with open(os.path.join(out, os.path.basename(path)), 'w', encoding='utf-8') as file:
            for record in records:
                file.write(cleaned[record['id']] + '\n')


if __name__ == '__main__':
    main()
