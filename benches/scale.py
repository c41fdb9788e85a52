#!/usr/bin/env python3
"""How much memory the release binary takes for inputs that are too large for the test suite.

Usage: benches/scale.py [LIMPIO] [--only NAME,NAME]

Most memory ever held (VmHWM, Linux) and wall time, one row for each input: streams of 10 MB and 1 GB, as
text and as records, a line of 300 MB, a record of 200 MB, 100,000 files. Exits with 1 where a stream of
1 GB takes more than 1.1 times what one of 10 MB takes and 2 MiB, or more than 48 MiB.

Inputs are made here, from a seed, and go through a pipe; the folder of files lies in TMPDIR.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

MB = 10**6
WORDS = """river council morning teacher harbour letter winter station window garden doctor village summer market
bridge island kitchen paper mountain señora mañana ciudad también después camino árbol corazón pequeño años todavía
the of and to in was that for with his her they which said from were been their could would about there""".split()
ASIDE = ["Subscribe to our newsletter", "Advertisement", "Leave a Reply", "Suscríbete a nuestro boletín",
         "Share this article", "Read more:", "maÃ±ana serÃ¡ otro dÃ­a"]


def paragraphs(seed, size):
    """Paragraphs of together about so many bytes, one in five an aside."""
    rng = random.Random(seed)
    found, bytes_so_far = [], 0
    while bytes_so_far < size:
        if rng.random() < 0.2:
            text = rng.choice(ASIDE)
        else:
            words = rng.choices(WORDS, k=rng.randrange(12, 60))
            text = " ".join(words).capitalize() + "."
        found.append(text)
        bytes_so_far += len(text.encode()) + 1
    return found


def text_stream(size):
    """The same paragraphs in another order, again and again."""
    some = paragraphs(1, min(size, 10 * MB))
    rng, sent = random.Random(2), 0
    while sent < size:
        rng.shuffle(some)
        piece = ("\n".join(some) + "\n").encode()[: size - sent]
        sent += len(piece)
        yield piece


def record_stream(size):
    some = paragraphs(3, min(size, 10 * MB))
    rng, sent, number = random.Random(4), 0, 0
    while sent < size:
        rng.shuffle(some)
        for at in range(0, len(some), 14):
            number += 1
            text = "\n".join(some[at : at + 14])
            piece = (json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n").encode()
            sent += len(piece)
            yield piece
            if sent >= size:
                return


def long_line(size):
    words = ("palabra " * 125_000).encode()
    yield from (words for _ in range(size // len(words)))


def long_record(size):
    yield b'{"id": 1, "text": "'
    for piece in text_stream(size):
        # A cut character at the end of a stream is none of JSON.
        yield json.dumps(piece.decode(errors="ignore"), ensure_ascii=False)[1:-1].encode()
    yield b'"}\n'


def peak_of(command, pieces):
    """Peak in MiB, seconds."""
    started = time.time()
    stdin = subprocess.PIPE if pieces else subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def feed():
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass

    if pieces:
        threading.Thread(target=feed, daemon=True).start()
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                fields = [line.split() for line in status if line.startswith("VmHWM")]
            peak = max([peak] + [int(field[1]) for field in fields])
        except OSError:
            pass
        time.sleep(0.01)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return peak / 1024, time.time() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("limpio", nargs="?", default="target/release/limpio")
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    clean, records = [args.limpio, "clean"], [args.limpio, "clean", "--format", "jsonl", "-j2"]
    inputs = {
        "text-10M": ("text, 10 MB", clean, lambda: text_stream(10 * MB)),
        "text-1G": ("text, 1 GB", clean, lambda: text_stream(1000 * MB)),
        "records-10M": ("records of 3 KB, `-j2`, 10 MB", records, lambda: record_stream(10 * MB)),
        "records-1G": ("records of 3 KB, `-j2`, 1 GB", records, lambda: record_stream(1000 * MB)),
        "line": ("one line of 300 MB", clean, lambda: long_line(300 * MB)),
        "record": ("one record of 200 MB, `-j2`", records, lambda: long_record(200 * MB)),
    }
    only = [name for name in args.only.split(",") if name]
    peaks = {}
    print("| input | peak, MiB | seconds |\n| --- | --- | --- |")
    for name, (title, command, pieces) in inputs.items():
        if not only or name in only:
            peaks[name], seconds = peak_of(command, pieces())
            print(f"| {title} | {peaks[name]:.1f} | {seconds:.0f} |", flush=True)
    if not only or "files" in only:
        with tempfile.TemporaryDirectory() as folder:
            some = paragraphs(5, 2 * MB)
            for number in range(100_000):
                place = os.path.join(folder, "in", f"{number // 1000:03}")
                os.makedirs(place, exist_ok=True)
                with open(os.path.join(place, f"{number}.txt"), "w", encoding="utf-8") as file:
                    file.write("\n".join(some[number % 9000 : number % 9000 + 4]) + "\n")
            out = os.path.join(folder, "out")
            peak, seconds = peak_of([*clean, "-q", "-j2", os.path.join(folder, "in"), "-o", out], None)
            print(f"| 100,000 files of 600 bytes, `-j2` | {peak:.1f} | {seconds:.0f} |")
    failed = False
    for kind in ("text", "records"):
        small, large = peaks.get(f"{kind}-10M"), peaks.get(f"{kind}-1G")
        if small and large and (large > 1.1 * small + 2 or large > 48):
            print(f"{kind}: {large:.1f} MiB for 1 GB, {small:.1f} MiB for 10 MB")
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
