#!/usr/bin/env bash
# Runs fuzz targets for so many seconds each: fuzz/run.sh SECONDS TARGET...
# Findings land in fuzz/artifacts/TARGET; keep each as a test, and as a seed if it is small.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=$1
shift
failed=0
for target in "$@"; do
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run -s none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -max_len=3000 -timeout=20 -rss_limit_mb=2048 \
        -dict=fuzz/words.dict -print_final_stats=1 || failed=1
done
exit $failed
