#!/usr/bin/env bash
# Runs the properties of Relay.Tests/Fuzz on random inputs for about so many minutes (10 if not said), and the attacks at their full size.
#   tests/fuzz.sh [MINUTES]
# What fails is printed with its seed: CsCheck_Seed=SEED ./test.sh Relay.Tests -- -class '*NAME' runs it again. The last line
# says: N inputs run, N failed.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
need_sdk

minutes=${1:-10}
properties=$(cat tests/Relay.Tests/Fuzz/*Properties.cs | grep -c 'Fuzzing.Run')
dotnet build -c Release -v quiet -nologo tests/Relay.Tests || { echo "The build failed."; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One property after the other, each on all cores.
RELAY_TEST_FUZZ=$((minutes * 60 / properties + 1)) dotnet tests/Relay.Tests/bin/Release/net10.0/Relay.Tests.dll \
  -noLogo -noColor -parallelMode none -showLiveOutput -namespace RelayOperator.Relay.Tests.Fuzz -namespace RelayOperator.Relay.Tests.Attacks </dev/null 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
echo "$(grep -oE 'fuzz: [0-9]+ inputs' "$log" | awk '{ sum += $2 } END { print sum + 0 }') inputs run, $(grep -cE '\[FAIL\]' "$log") failed"
exit "$status"
