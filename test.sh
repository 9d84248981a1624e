#!/usr/bin/env bash
# Builds with warnings as errors and runs every test. The last line says: N passed, N failed[, N skipped].
#   ./test.sh [PROJECT ...] [-- RUNNER OPTIONS]     e.g. ./test.sh Relay.Tests -- -class '*AnswerTableTests'
set -uo pipefail
cd "$(dirname "$0")"
. scripts/need.sh
need_sdk
need smtp-sink=postfix swaks=swaks haproxy=haproxy postgres=postgresql openssl=openssl curl=curl msmtp=msmtp python3=python3 Net::SSLeay=libnet-ssleay-perl
need_helm
need_nodemailer
export PATH="$PATH:/usr/sbin:/sbin"

projects=()
while [ $# -gt 0 ] && [ "$1" != "--" ]; do projects+=("$1"); shift; done
[ "${1:-}" = "--" ] && shift
[ ${#projects[@]} -eq 0 ] && projects=(Api.Tests Relay.Tests Operator.Tests Chart.Tests EndToEnd.Tests)

dotnet restore -v quiet && dotnet build -c Release --no-restore -v quiet -nologo || { echo "The build failed."; echo "0 passed, 1 failed"; exit 1; }

passed=0 failed=0 skipped=0
for project in "${projects[@]}"; do
  log=$(mktemp)
  echo "== $project"
  timeout --kill-after=10 900 dotnet "tests/$project/bin/Release/net10.0/$project.dll" -noLogo -noColor "$@" </dev/null 2>&1 | tee "$log" | grep -v -E '^\s*(Discovering|Discovered|Starting|Finished):'
  status=${PIPESTATUS[0]}
  # "   Relay.Tests  Total: 12, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 1.2s"
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+' "$log" | tail -n 1)
  number() { sed -nE "s/.*$1: ([0-9]+).*/\1/p" <<<"$summary"; }
  if [ -z "$summary" ]; then
    echo "$project ended without a summary (status $status)."
    failed=$((failed + 1))
  else
    bad=$(($(number Failed) + $(number Errors)))
    [ "$bad" -eq 0 ] && [ "$status" -ne 0 ] && bad=1
    out=$(($(number Skipped)))
    passed=$((passed + $(number Total) - $(number Failed) - out - $(sed -nE 's/.*Not Run: ([0-9]+).*/\1/p' <<<"$summary")))
    failed=$((failed + bad))
    skipped=$((skipped + out))
  fi
  rm -f "$log"
done

line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
status=0
[ "$failed" -gt 0 ] && status=1
[ "$skipped" -gt 0 ] && [ "${CI:-}" = "true" ] && { echo "In CI a skipped test is a failure."; status=1; }
echo "$line"
exit $status
