#!/usr/bin/env bash
# Walks through the README's commands as a newcomer does, without a browser: start, drop, look, refuse, upload, undo, stop.
# Uses a folder and a port of its own; takes about fifteen seconds; talks to the loopback address only.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export DATA_DIR="$work/data" PORT="$port" NO_COLOR=1 FILE_STABLE_MS=300 npm_config_yes=true
unset DATABASE_URL HOST AUTH MAPPINGS_DIR READY_FILE LOG_LEVEL
api="http://localhost:$port"
start=''
passed=0

pass() { passed=$((passed + 1)); echo "  PASS $1"; }
fail() { echo "  FAIL $1" >&2; tail -n 40 "$work/start.log" >&2 || true; exit 1; }
clean() {
  if [ -n "$start" ] && kill -0 "$start" 2>/dev/null; then kill -TERM "$start"; wait "$start" || true; fi
  rm -rf "$work"
}
trap clean EXIT
pnpm() { npx --yes pnpm@10 "$@" 2>>"$work/commands.log"; }
# Tries a command for up to thirty seconds.
until_true() {
  local what=$1
  shift
  for _ in $(seq 1 150); do
    if "$@" >/dev/null 2>&1; then pass "$what"; return; fi
    if [ -n "$start" ] && ! kill -0 "$start" 2>/dev/null; then fail "$what (pnpm start has ended)"; fi
    sleep 0.2
  done
  fail "$what"
}
says() { # says WHAT PATTERN COMMAND…
  local what=$1 pattern=$2 out
  shift 2
  out=$("$@") || true
  if grep -qE -- "$pattern" <<<"$out"; then pass "$what"; else echo "$out" | head -n 20 >&2; fail "$what"; fi
}
exits() { # exits WHAT CODE COMMAND…
  local what=$1 code=$2 got=0
  shift 2
  "$@" >/dev/null || got=$?
  [ "$got" = "$code" ] && pass "$what" || fail "$what: exit $got instead of $code"
}

node --import tsx apps/standalone/src/cli.ts >"$work/start.log" 2>&1 &
start=$!
until_true 'pnpm start: /ready answers 200' curl -fsS "$api/ready"
says 'the first run shows what a refusal looks like' 'not_a_number' cat "$work/start.log"
says 'the samples are on the API' '"ts":"2024-12-31T22:00:00Z","energy_kwh":0.71' curl -fsS "$api/energy/hourly?external_id=66c4e2f7bb889e6eb7c81463&limit=1"
says 'both hours of the autumn night are there' '"ts":"2025-10-26T00:00:00Z".*"ts":"2025-10-26T01:00:00Z"' \
  curl -fsS "$api/energy/hourly?external_id=66c4e2f7bb889e6eb7c81463&from=2025-10-26&to=2025-10-27"
exits 'a second start beside it is refused' 4 node --import tsx apps/standalone/src/cli.ts

meter=664b7033c54f46ec261ef95d
printf 'Date and Time,Hourly\n01/15/2026 10:00:00 AM,1.5\n01/15/2026 11:00:00 AM,lots\n' >"$DATA_DIR/incoming/$meter-january.csv"
until_true 'a dropped file is moved to processed/' sh -c "ls '$DATA_DIR'/processed/$meter-january.*.csv"
says 'its good row is on the API, at the right instant' '"ts":"2026-01-15T08:00:00Z","energy_kwh":1.5' \
  curl -fsS "$api/energy/hourly?external_id=$meter&from=2026-01-15"
says 'its refused row comes back with line and reason' 'lots,3,not_a_number' sh -c "cat '$DATA_DIR'/rejected/$meter-january.csv.*.rejects.csv"

printf 'Date and Time,Hourly\n01/16/2026 10:00:00 AM,2\n' >"$work/$meter-upload.csv"
says 'an upload is accepted' '"status":"pending"' curl -fsS -F "file=@$work/$meter-upload.csv" "$api/batches"
until_true 'and loaded' sh -c "curl -fsS '$api/energy/hourly?external_id=$meter&from=2026-01-16' | grep -q '\"energy_kwh\":2'"
says 'the same bytes again are answered with the first batch' 'duplicate_file' curl -sS -F "file=@$work/$meter-upload.csv" "$api/batches"

printf 'Date and Time,Hourly\n01/16/2026 10:00:00 AM,3\n' >"$work/$meter-change.csv"
exits 'pnpm ingest --dry-run' 0 pnpm ingest "$work/$meter-change.csv" --dry-run
says 'keeps nothing' '"energy_kwh":2' curl -fsS "$api/energy/hourly?external_id=$meter&from=2026-01-16"
says 'pnpm ingest --json' '"updated": 1' pnpm ingest "$work/$meter-change.csv" --json
batch=$(pnpm batches list --json --limit 1 | node -pe 'JSON.parse(require("node:fs").readFileSync(0, "utf8"))[0].batch_id')
exits 'pnpm batches undo' 0 pnpm batches undo "$batch"
says 'restores what it overwrote' '"energy_kwh":2' curl -fsS "$api/energy/hourly?external_id=$meter&from=2026-01-16"
exits 'a file that is not there exits 1' 1 pnpm ingest "$work/nothing.csv"
exits 'a wrong option exits 2' 2 pnpm ingest --date-order xyz "$work/$meter-change.csv"

exits 'pnpm migrate status: up to date' 0 pnpm migrate status
says 'pnpm migrate --sql prints nothing but SQL' '^(-- |BEGIN)' sh -c "DATABASE_URL= DATA_DIR='$work/none' npx --yes pnpm@10 migrate --sql 2>/dev/null | head -n 1"
says 'pnpm mappings list' 'energy_hourly +built-in' pnpm mappings list
exits 'pnpm mappings test' 0 pnpm mappings test
says 'a failure is problem+json with a code' '"code":"not_found"' curl -sS "$api/nowhere"

kill -TERM "$start"
wait "$start" || true
pass 'pnpm start ends on SIGTERM'
if ps -eo args | grep -F "$DATA_DIR" | grep -v grep >/dev/null; then fail 'a process is left'; else pass 'and leaves no process behind'; fi
start=''
echo "walk-through: $passed passed, 0 failed"
