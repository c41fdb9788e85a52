#!/usr/bin/env bash
# Instruction counts of the release binary, against the committed ones: seconds are noise on a busy machine,
# and instructions are not.
#
#   benches/instructions/run.sh             compares; fails where a row is more than 15 % above its figure
#   benches/instructions/run.sh --update    writes the figures anew: after a change that is meant to cost
#
# Counted by callgrind without caches and branches. Machines whose libraries choose other code (memchr by
# AVX2 or not) differ by a few per cent, which the margin covers. Where valgrind is missing, nothing is
# compared and the exit status is 0.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=benches/instructions
figures=$here/figures.tsv
margin=15 # per cent

if ! command -v valgrind >/dev/null; then
    echo 'instructions: skipped, valgrind is not installed'
    exit 0
fi
[ -n "${LIMPIO:-}" ] || cargo build --release --locked
limpio=${LIMPIO:-target/release/limpio}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Pages of the fixtures, which hold all that a page can hold, then the same as records: about 100 KB.
for page in fixtures/documents/*/in.txt; do
    case $page in *utf16* | *cp1252* | *latin1*) continue ;; esac
    cat "$page"
    printf '\n\n'
done | head -c 100000 >"$scratch/pages.txt"
python3 - "$scratch/pages.txt" >"$scratch/pages.jsonl" <<'PY'
import json, sys
text = open(sys.argv[1], encoding="utf-8", errors="ignore").read()
for number, at in enumerate(range(0, len(text), 2000)):
    print(json.dumps({"id": number, "text": text[at:at + 2000]}, ensure_ascii=False))
PY
: >"$scratch/empty"

count() {
    local counted
    counted=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$limpio" "$@" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p')
    [ -n "$counted" ] || { echo "instructions: valgrind counted nothing for: $*" >&2; exit 1; }
    echo "$counted"
}

# On one thread: which of several waits for which is not the same twice.
rows() {
    printf 'start\t%s\n' "$(count clean -j1 "$scratch/empty")"
    printf 'text\t%s\n' "$(count clean -j1 "$scratch/pages.txt")"
    printf 'records\t%s\n' "$(count clean -j1 "$scratch/pages.jsonl")"
    printf 'langs\t%s\n' "$(count langs "$scratch/pages.txt")"
}

rows >"$scratch/rows.tsv"
if [ "${1:-}" = --update ]; then
    cp "$scratch/rows.tsv" "$figures"
    cat "$figures"
    exit 0
fi
awk -F '\t' -v margin=$margin '
    NR == FNR { before[$1] = $2; next }
    {
        change = 100 * ($2 / before[$1] - 1)
        verdict = change > margin ? "TOO MANY" : change < -margin ? "fewer: --update keeps it" : "ok"
        printf "%-8s %14d instructions, %+6.1f %%  %s\n", $1, $2, change, verdict
        if (change > margin) failed = 1
    }
    END { exit failed }
' "$figures" "$scratch/rows.tsv"
