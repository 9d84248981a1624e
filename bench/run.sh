#!/usr/bin/env bash
# Measures the relay side by side with its peers and prints a table of ratios per scenario.
#   bench/run.sh [--runs N] [--scenario NAME ...]      e.g. bench/run.sh --runs 3 --scenario kept new
# Everything stays on 127.0.0.1, is bounded in count and time, and ends with the run. HAProxy and Postfix come from
# Debian, Haraka from npm into artifacts/. Postfix needs root; without it that peer is left out, with a word.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh
need_sdk
need smtp-sink=postfix haproxy=haproxy node=nodejs postgres=postgresql
export PATH="$PATH:/usr/sbin:/sbin" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

need_npm haraka Haraka 3.3.4

ulimit -n "$(ulimit -Hn)"
for project in relay operator bench; do dotnet build -c Release -v quiet -nologo "-clp:ErrorsOnly;NoSummary" "$project"; done
exec dotnet bench/bin/Release/net10.0/bench.dll "$@"
