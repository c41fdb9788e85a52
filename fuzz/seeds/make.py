#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from the fixtures: run it from the root of the project.

The first bytes of a seed choose settings (see the targets); the rest is the input, cut to a few
hundred bytes, since short inputs are mutated better.
"""

import pathlib
import tomllib

SEEDS = pathlib.Path("fuzz/seeds")
FIXTURES = pathlib.Path("fixtures")


def write(target: str, name: str, data: bytes) -> None:
    folder = SEEDS / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)


def cut(text: str, size: int) -> bytes:
    return text.encode()[:size].decode(errors="ignore").encode()


pages = {
    path.parent.name: path.read_bytes()
    for path in sorted(FIXTURES.glob("documents/*/in.txt"))
}
for at, (name, page) in enumerate(pages.items()):
    if at % 4 == 0 or name.startswith("special"):
        write("pipeline", name, bytes([at % 5, at % 16]) + page[:900])
    if name.startswith("special") or "cp1252" in name or "latin1" in name or "mojibake" in name:
        write("decode", name, bytes([0, at % 16]) + page[:400])

sample = "Él señaló: «mañana, 20 €»\r\nfin"
for at, encoding in enumerate(
    ["utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le", "shift_jis", "gb18030", "iso2022_jp", "cp866"]
):
    text = sample if encoding.startswith(("utf", "cp1252")) else "日本語\nПривет" if encoding != "cp866" else "Привет\n"
    write("decode", f"encoding-{encoding}", bytes([at % 8, at]) + text.encode(encoding, errors="ignore"))

with open(FIXTURES / "mojibake/cases.toml", "rb") as cases:
    texts = [case["damaged"] for case in tomllib.load(cases).get("case", [])]
for at in range(0, len(texts), max(1, len(texts) // 24)):
    write("repair", f"mojibake-{at:03}", bytes([0, 0, at % 16]) + cut(texts[at], 300))
for name in ["special-entities", "special-nfd", "special-controls", "special-bom-nbsp"]:
    page = pages[name].decode("utf-8", errors="ignore")
    write("repair", name, b"\x05\x02\x03" + cut(page, 500))

for path in sorted(pathlib.Path("src/rules/data").glob("*.toml")):
    blocks = path.read_text().split("\n\n")
    rule = next(block for block in blocks[2:] if "examples" in block)
    page = pages["es-blog-wordpress"].decode()[:200]
    rule = rule.replace('id = "', 'id = "mine.')
    write("rules", path.stem, f"version = 1\n\n{rule}\n\0{page}".encode())

records = {
    "plain": '{"id": 1, "text": "Hola.", "url": "https://a.example/x"}\n',
    "escapes": '{"te\\u0078t":"\\u00f1\\ud83d\\ude00 \\ud83d","n":1.0e400}\r\n\n',
    "annotated": '{"limpio":{"v":1},"text":"a","limpio":2}\n{"text":"a","text":"b"}',
    "wrong": '[1]\n{"text":1}\n{"text":"a"\n{"a":[[[{}]]],"text":""} x\n',
    "nested": '{"x":' + "[" * 200 + "]" * 200 + ',"text":"a"}\n',
}
for name, text in records.items():
    write("jsonl", name, b"\0\3" + text.encode())
write("jsonl", "utf-16", b"\4\2" + records["plain"].encode("utf-16"))
write("jsonl", "mark", b"\0\5\xef\xbb\xbf" + records["plain"].encode())
