#!/usr/bin/env python3
"""What limpio costs beside public tools: CPU time, start, memory, threads, small files.

    benches/peer_table.py TEXT [--limpio PATH] [--runs N] [--plsfix PATH] [--python PATH] [--files FOLDER] [--only NAME,...]

TEXT is a UTF-8 file, best of 20 MB and more. Peers are `iconv`, `uconv` (ICU), `rg` (ripgrep) and, where they are
given, the filter that `cargo build --release --manifest-path benches/plsfix/Cargo.toml` builds and an interpreter
that has ftfy, lingua-language-detector and datatrove (with nltk and spacy). Who is missing is named and left out.

limpio and a peer run in turn, and the ratio of their CPU time (user and system) is taken pair by pair; the median of
the pairs is shown, so that what else runs on the machine hurts both alike. Python peers read the first 200 kB only,
and the time that they need for an empty input is taken off; limpio is not granted that.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SLOW_BYTES = 200_000
PHRASES = 1500
# Documents as the Python peers get them: lines until there are so many characters.
FEED = """
import sys
held, size = [], 0
for line in sys.stdin.buffer.read().decode('utf-8', 'replace').split('\\n'):
    held.append(line)
    size += len(line)
    if size > 6000:
        work('\\n'.join(held))
        held, size = [], 0
if held:
    work('\\n'.join(held))
"""
PYTHON = {
    'ftfy': 'from ftfy import fix_text as work',
    'C4 filter (datatrove)': 'from datatrove.data import Document\n'
                             'from datatrove.pipeline.filters import C4QualityFilter\n'
                             'quality = C4QualityFilter()\n'
                             'work = lambda text: quality.filter(Document(text=text, id=""))',
    'lingua es+en, by line': 'from lingua import Language, LanguageDetectorBuilder\n'
                             'detector = LanguageDetectorBuilder.from_languages(Language.ENGLISH, Language.SPANISH).build()\n'
                             'work = lambda text: [detector.detect_language_of(line) for line in text.split("\\n") if line.strip()]',
}


class Run:
    """One run of a command with a file as standard input and a pipe that is read as standard output."""

    def __init__(self, command, path):
        started = time.monotonic()
        self.peak_kib = 0
        with open(path, 'rb') as source:
            child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                     bufsize=0)
            over = threading.Event()
            watcher = threading.Thread(target=self.watch, args=(child.pid, over))
            watcher.start()
            self.bytes_out = 0
            while piece := child.stdout.read(1 << 18):
                self.bytes_out += len(piece)
            child.stdout.close()
            over.set()
            watcher.join()
            _, status, usage = os.wait4(child.pid, 0)
        self.code = child.returncode = os.waitstatus_to_exitcode(status)
        if self.code != 0 and command[0].endswith('limpio'):
            sys.exit(f'{" ".join(command)} failed with status {self.code}')
        self.cpu = usage.ru_utime + usage.ru_stime
        self.wall = time.monotonic() - started

    def watch(self, pid, over):
        """Peak memory as the kernel knows it, asked for until the end."""
        while not over.wait(0.005):
            try:
                with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as status:
                    for line in status:
                        if line.startswith('VmHWM:'):
                            self.peak_kib = max(self.peak_kib, int(line.split()[1]))
            except OSError:
                return


def phrases(path):
    """Phrases of the built-in rules, those without slots."""
    found = []
    for name in sorted(os.listdir(os.path.join(ROOT, 'src/rules/data'))):
        if name.endswith('.toml'):
            with open(os.path.join(ROOT, 'src/rules/data', name), 'rb') as rules:
                for rule in tomllib.load(rules).get('rule', []):
                    found += [phrase for phrase in rule.get('phrases', []) if len(phrase) > 7 and '{' not in phrase]
    with open(path, 'w', encoding='utf-8') as out:
        out.write('\n'.join(list(dict.fromkeys(found))[:PHRASES]) + '\n')


def head(path, size, out):
    with open(path, 'rb') as source, open(out, 'wb') as target:
        piece = source.read(size)
        target.write(piece[:piece.rfind(b'\n') + 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('text')
    parser.add_argument('--limpio', default=os.path.join(ROOT, 'target/release/limpio'))
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--plsfix', default='')
    parser.add_argument('--python', default='')
    parser.add_argument('--files', help='a folder of small files: its copy by `cp -r` is the peer')
    parser.add_argument('--only', default='')
    args = parser.parse_args()
    work = tempfile.mkdtemp(prefix='limpio-peers-', dir=os.path.dirname(os.path.abspath(args.files)) if args.files else None)
    clean = [args.limpio, 'clean']
    size = os.path.getsize(args.text)
    wanted = [name for name in args.only.split(',') if name]
    patterns, empty, small = (os.path.join(work, name) for name in ('phrases', 'empty', 'small'))
    phrases(patterns)
    open(empty, 'wb').close()
    head(args.text, SLOW_BYTES, small)

    peers = [('iconv utf8 to utf16', ['iconv', '-c', '-f', 'utf8', '-t', 'utf16']),
             ('uconv -x any-nfc', ['uconv', '-f', 'utf8', '-t', 'utf8', '-x', 'any-nfc']),
             (f'rg -ciF, {PHRASES} phrases', ['rg', '-c', '-i', '-F', '-f', patterns, '-'])]
    if args.plsfix:
        peers.append(('plsfix', [args.plsfix]))
    print(f'{size} bytes; CPU seconds, median of {args.runs} pairs\n')
    print(f'{"peer":24} {"peer ns/B":>10} {"limpio ns/B":>12} {"limpio / peer":>14}')

    def show(name, peer_times, limpio_times, peer_bytes):
        ratios = [(own / size) / (peer / peer_bytes) for own, peer in zip(limpio_times, peer_times)]
        ratio = statistics.median(ratios)
        less = f'  (1/{1 / ratio:.0f})' if ratio < 0.05 else ''
        print(f'{name:24} {statistics.median(peer_times) / peer_bytes * 1e9:10.2f} '
              f'{statistics.median(limpio_times) / size * 1e9:12.2f} {ratio:14.4g}{less}', flush=True)

    for name, command in peers:
        if wanted and name not in wanted:
            continue
        if not shutil.which(command[0]):
            print(f'{name:24} is not here')
            continue
        pairs = [(Run(command, args.text), Run(clean, args.text)) for _ in range(args.runs)]
        show(name, [peer.cpu for peer, _ in pairs], [own.cpu for _, own in pairs], size)
    for name, code in PYTHON.items() if args.python else ():
        if wanted and name not in wanted:
            continue
        command = [args.python, '-c', code + '\nwork("Hola.")' + FEED]
        start = statistics.median(run.cpu for run in (Run(command, empty) for _ in range(3)))
        pairs = [(Run(command, small), Run(clean, args.text)) for _ in range(min(3, args.runs))]
        if pairs[0][0].code != 0:
            print(f'{name:24} does not run here')
            continue
        show(name, [max(peer.cpu - start, 1e-4) for peer, _ in pairs], [own.cpu for _, own in pairs],
             os.path.getsize(small))

    if not wanted:
        own = Run(clean, args.text)
        starts = [Run(clean, empty).cpu for _ in range(9)]
        print(f'\nstart, empty input: {statistics.median(starts) * 1e3:.1f} ms CPU')
        print(f'peak memory: {own.peak_kib / 1024:.1f} MiB')
    if args.files:
        copy, out = os.path.join(work, 'copy'), os.path.join(work, 'out')
        ratios = []
        for _ in range(args.runs):
            times = []
            for command in (['cp', '-r', args.files, copy],
                            [args.limpio, 'clean', '-j', '2', args.files, '-o', out]):
                started = time.monotonic()
                subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                times.append(time.monotonic() - started)
            ratios.append(times[1] / times[0])
            shutil.rmtree(copy)
            shutil.rmtree(out)
        print(f'small files, two threads: wall time {statistics.median(ratios):.2f} of cp -r')
    shutil.rmtree(work)


if __name__ == '__main__':
    main()
