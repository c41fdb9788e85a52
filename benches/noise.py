#!/usr/bin/env python3
"""Input that is meant to be slow: MB of CPU time per second for each kind, by the public tool.

usage: noise.py LIMPIO [--size BYTES] [-- OPTIONS OF clean]

Every input is the same in every run. CPU time of the whole process counts, start included; compare
columns of one run. Standard library only.
"""

import argparse
import random
import resource
import subprocess


def page(name):
    """Characters of the upper half of a code page."""
    return [c for b in range(0x80, 0x100) if (c := bytes([b]).decode(name, "ignore"))]


def misread(text, name="cp1252"):
    """UTF-8 read as a code page; bytes that it leaves undefined are lost."""
    return text.encode("utf-8", "ignore").decode(name, "ignore")


def words(dice, letter, size):
    """Lines of twelve words of one to nine letters."""
    lines, length = [], 0
    while length < size:
        line = " ".join("".join(letter() for _ in range(dice.randint(1, 9))) for _ in range(12))
        lines.append(line)
        length += len(line.encode()) + 1
    return "\n".join(lines) + "\n"


def inputs(size):
    dice = random.Random(6)
    latin, cyrillic, dos = page("cp1252"), page("cp1251"), page("cp437")
    pick = dice.choice

    def repeat(unit):
        unit = unit if isinstance(unit, bytes) else unit.encode()
        return unit * (size // len(unit))

    yield "letters of windows-1252", words(dice, lambda: pick(latin), size)
    yield "half of them ASCII", words(dice, lambda: pick(latin + ["e", "a", "o"] * 41), size)
    yield "letters of windows-1251", words(dice, lambda: pick(cyrillic), size)
    yield "letters of cp437", words(dice, lambda: pick(dos), size)
    pairs = lambda: misread(chr(dice.randrange(0xA0, 0x800)))
    yield "damaged letters at random, two bytes", words(dice, pairs, size)
    triples = lambda: misread(chr(dice.randrange(0x3000, 0xD000)))
    yield "damaged letters at random, three bytes", words(dice, triples, size)
    twice = lambda: misread(misread(chr(dice.randrange(0xA0, 0x250))))
    yield "damaged letters at random, twice", words(dice, twice, size)
    yield "one line of letters", "".join(pick(latin) for _ in range(size // 2))
    yield "doubtful words", repeat("GARÇÃ» CAFÉ® " * 12 + "\n")
    yield "random bytes without NUL", bytes(dice.randrange(1, 256) for _ in range(size))
    yield "lone continuation bytes", repeat(b"\x80" * 60 + b"\n")
    yield "stray bytes in UTF-8", repeat("año ".encode() + b"\xe9 \x93q\x94\n")
    yield "zalgo", repeat("a" + "\u0300\u0316" * 500 + " ")
    yield "combining marks", "a" + "\u0301" * (size // 2)
    yield "bidi controls", repeat("\u202eab\u202c \u200f")
    yield "decomposed letters", repeat("man\u0303ana e\u0301l\n")
    yield "entities", repeat("caf&eacute; &amp;amp;lt; & &notit &#\n")
    yield "ampersands", repeat("&")
    yield "escape sequences that do not end", repeat("\x1b]")
    yield "backspaces", repeat("a\x08")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("limpio")
    parser.add_argument("--size", type=int, default=2_000_000)
    parser.add_argument("options", nargs="*", default=[])
    args = parser.parse_args()
    command = [args.limpio, "clean", "--encoding", "auto", *args.options, "-"]

    def seconds(data):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    for name, data in inputs(args.size):
        data = data if isinstance(data, bytes) else data.encode()
        print(f"{name:40} {len(data) / 1e6 / max(seconds(data), 1e-3):8.1f} MB/s", flush=True)


if __name__ == "__main__":
    main()
