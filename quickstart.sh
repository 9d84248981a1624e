#!/usr/bin/env bash
# Shows in under two minutes what this is for: builds the relay, starts two hubs and a pool in front of them, sends
# 2,000 messages, kills one hub half-way with SIGKILL and brings it back; then kills both hubs, sends 300 more, kills the
# relay itself, brings all back, and counts what arrived.
# Needs the .NET 10 SDK and nothing else; runs as any user; leaves nothing running and no file behind but the build.
set -euo pipefail
cd "$(dirname "$0")"

messages=2000
rate=160              # messages a second: slow enough to watch
kill_at=1000          # accepted messages at which hub ht01 is killed ...
return_at=1400        # ... and at which it is started again
queued=300            # messages that are sent while both hubs are down
limit=90              # seconds that the run may take at most

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
fail() { printf '\nquickstart.sh: %s\n' "$*" >&2; exit 1; }

# --- the SDK --------------------------------------------------------------------------------------------------------
dotnet=$(command -v dotnet || true)
[ -n "$dotnet" ] || { [ -x "${DOTNET_ROOT:-$HOME/.dotnet}/dotnet" ] && dotnet="${DOTNET_ROOT:-$HOME/.dotnet}/dotnet"; } || true
[ -n "$dotnet" ] || fail "there is no 'dotnet' on the PATH. Install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0"
"$dotnet" --list-sdks | grep -q '^10\.' ||
  fail "the .NET SDK is too old: 10.0 is needed, found: $("$dotnet" --list-sdks | cut -d' ' -f1 | paste -sd' '). See https://dotnet.microsoft.com/download/dotnet/10.0"

# --- leave nothing behind ---------------------------------------------------------------------------------------------
work=$(mktemp -d "${TMPDIR:-/tmp}/relay-quickstart.XXXXXX")
declare -A pid=()

stop() { # stop NAME SIGNAL: ends one of our processes and waits for it, ten seconds at most
  local id=${pid[$1]:-}
  [ -n "$id" ] || return 0
  unset "pid[$1]"
  kill "-$2" "$id" 2>/dev/null || true
  if [ "$2" != KILL ]; then
    for _ in $(seq 100); do kill -0 "$id" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$id" 2>/dev/null || true
  fi
  wait "$id" 2>/dev/null || true
}

leave() {
  local code=$?
  trap '' INT TERM
  trap - EXIT
  for name in send relay ht01 ht02; do stop "$name" TERM; done 2>/dev/null
  if [ "$code" -ne 0 ] && [ -s "$work/relay.log" ]; then
    printf '\nThe end of what the relay logged:\n' >&2
    tail -n 15 "$work/relay.log" >&2
  fi
  rm -rf "$work"
  exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- build ------------------------------------------------------------------------------------------------------------
say "1. Building the relay"
# Build servers that outlive the build would be something left running.
"$dotnet" build relay -c Release -v quiet -nodeReuse:false -p:UseSharedCompilation=false > "$work/build.log" 2>&1 ||
  { cat "$work/build.log" >&2; fail "the build failed."; }
relay() { exec "$dotnet" relay/bin/Release/net10.0/relay.dll "$@"; }

# --- ports: those of the example, or free ones --------------------------------------------------------------------------
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
chosen=' '
choose() { # choose PORT: that port if it is free, or else another one; in $port
  port=$1
  while taken "$port" || [[ $chosen == *" $port "* ]]; do port=$((20000 + RANDOM % 12000)); done
  chosen+="$port "
}
choose 2525; smtp=$port
choose 9025; admin=$port
choose 2601; port1=$port
choose 2602; port2=$port
pool=examples/quickstart.yaml
if [ "$smtp $port1 $port2" != "2525 2601 2602" ]; then
  sed -e "s/port: 2525\b/port: $smtp/" -e "s/port: 2601\b/port: $port1/" -e "s/port: 2602\b/port: $port2/" "$pool" > "$work/pool.yaml"
  pool=$work/pool.yaml
fi

# --- two hubs and a pool --------------------------------------------------------------------------------------------------
start_hub() { # start_hub NAME PORT
  relay sink --listen "127.0.0.1:$2" --keep "$work/$1" --quiet >> "$work/$1.log" 2>&1 &
  pid[$1]=$!
}

get() { # get PATH: from the relay's admin address; bash is client enough
  (
    exec 3<>"/dev/tcp/127.0.0.1/$admin"
    printf 'GET /%s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$1" >&3
    timeout 5 cat <&3
  ) 2>/dev/null || true
}

say "2. Starting two hubs (ht01 on port $port1, ht02 on port $port2) and the pool (SMTP on port $smtp)"
echo "   relay run --pool ${pool/#$work/copy-of-examples} --spool DIR    admin: http://127.0.0.1:$admin/status"
start_hub ht01 "$port1"
start_hub ht02 "$port2"
start_relay() {
  relay run --pool "$pool" --admin "127.0.0.1:$admin" --spool "$work/spool" >> "$work/relay.log" 2>&1 &
  pid[relay]=$!
}
start_relay

spooled() { # messages in the spool; nothing while the relay does not answer
  get status | awk -F'[:,]' '/"spool"/ { inside = 1 } inside && /"messages"/ { gsub(/ /, "", $2); print $2; exit }'
}

await() { # await SECONDS WHAT COMMAND...: until the command succeeds
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ $SECONDS -lt $until ] || fail "not within the time: $what."
    sleep 0.1
  done
}

hub_state() { # hub_state NAME: its state in /status
  get status | awk -v hub="$1" -F'"' '$2 == "name" { name = $4 } $2 == "state" && name == hub { print $4 }'
}

begun=$SECONDS
until [ "$(hub_state ht01) $(hub_state ht02)" = "Healthy Healthy" ]; do
  kill -0 "${pid[relay]}" 2>/dev/null || fail "the relay ended."
  [ $((SECONDS - begun)) -lt 30 ] || fail "the pool was not ready within 30 s."
  sleep 0.1
done

# --- mail -----------------------------------------------------------------------------------------------------------------
say "3. Sending $messages messages at $rate a second; a client that tries each only once"
: > "$work/ids"
relay send --to "127.0.0.1:$smtp" --count $messages --concurrency 8 --rate $rate --per-connection 50 --size 4096 \
  --id-file "$work/ids" > "$work/send.log" 2>&1 &
pid[send]=$!

accepted() { wc -l < "$work/ids"; }

show() { # one line: what the pool accepted, and per hub its health and traffic
  local status metrics
  status=$(get status)
  metrics=$(get metrics)
  printf '   %4d s  %6d accepted   %s   %s\n' "$((SECONDS - begun))" "$(accepted)" \
    "$(awk -F'"' '
      $2 == "name" { name = $4 }
      $2 == "state" { state = $4 }
      $2 == "inFlight" { gsub(/[^0-9]/, "", $3); flight = $3 }
      $2 == "delivered" { gsub(/[^0-9]/, "", $3); if (name ~ /^ht/) printf "| %s %-8s %5d taken %2d in flight ", name, state, $3, flight }' <<< "$status")" \
    "$(awk '/^relay_hub_failovers_total\{/ { moved += $2 } END { printf "| %d moved to the other hub", moved }' <<< "$metrics")"
}

begun=$SECONDS
last=-1
phase=before
while kill -0 "${pid[send]}" 2>/dev/null; do
  [ $((SECONDS - begun)) -lt $limit ] || fail "the messages were not through within $limit s."
  count=$(accepted)
  if [ $phase = before ] && [ "$count" -ge $kill_at ]; then
    stop ht01 KILL
    phase=killed
    say "   $count accepted: kill -9 for ht01"
  elif [ $phase = killed ] && [ "$count" -ge $return_at ]; then
    start_hub ht01 "$port1"
    phase=returned
    say "   $count accepted: ht01 is started again"
  fi
  if [ $SECONDS -ne $last ]; then last=$SECONDS; show; fi
  sleep 0.1
done
wait "${pid[send]}" || true
unset "pid[send]"
[ $phase = returned ] || { cat "$work/send.log" >&2; fail "the sender ended before the hub could be killed and brought back."; }

waiting=$SECONDS
until [ "$(hub_state ht01)" = Healthy ] || [ $((SECONDS - waiting)) -ge 20 ]; do sleep 0.2; done
show
[ "$(hub_state ht01)" = Healthy ] || fail "ht01 did not come back within 20 s."

# --- what arrived -----------------------------------------------------------------------------------------------------------
say "4. What the client saw"
grep -v ' of .* % ' "$work/send.log" | sed 's/^/   /'

# --- no hub at all --------------------------------------------------------------------------------------------------------
say "5. kill -9 for both hubs, and $queued more messages"
stop ht01 KILL
stop ht02 KILL
relay send --to "127.0.0.1:$smtp" --count $queued --concurrency 8 --size 4096 --id-file "$work/ids2" > "$work/send2.log" 2>&1 &
pid[send]=$!
wait "${pid[send]}" || { cat "$work/send2.log" >&2; fail "mail was refused while no hub was there."; }
unset "pid[send]"
grep 'acknowledged' "$work/send2.log" | sed 's/^/   /'
echo "   $(spooled) messages are in the spool"
say "   kill -9 for the relay, and it is started again"
stop relay KILL
start_relay
has() { [ "$(spooled)" = "$1" ]; }
await 20 "the spool has all $queued messages after the kill" has "$queued"
echo "   $(spooled) messages are in the spool"
say "   ht02 is started again"
start_hub ht02 "$port2"
await 60 "the spool is empty" has 0
echo "   $(spooled) messages are in the spool"
for name in relay ht01 ht02; do stop "$name" TERM; done

say "6. What arrived: each hub keeps a message as a file, on disk before it says 250"
ids() { { grep -rhao --include='*.eml' '^X-Relay-Send-Id: [^[:cntrl:]]*' "$@" || true; } | cut -d' ' -f2; }
for name in ht01 ht02; do printf '   %s has %d messages\n' "$name" "$(ids "$work/$name" | wc -l)"; done
ids "$work/ht01" "$work/ht02" | sort > "$work/arrived"
sort -u "$work/arrived" > "$work/delivered"
sort -u "$work/ids" "$work/ids2" > "$work/accepted"
accepted=$(wc -l < "$work/accepted")
delivered=$(wc -l < "$work/delivered")
lost=$(comm -23 "$work/accepted" "$work/delivered" | wc -l)
twice=$(($(wc -l < "$work/arrived") - delivered))
[ "$twice" -eq 0 ] || echo "   $twice of them twice: their hub, or the relay, died between the hub's 250 and our noting it, so they were sent again"
errors=$(awk 'match($0, /acknowledged, [0-9]+ failed/) { n += substr($0, RSTART + 14); seen = 1 } END { if (seen) print n }' "$work/send.log" "$work/send2.log")
printf '\n'
say "accepted $accepted, delivered $delivered, lost $lost, client errors ${errors:-unknown}"
[ "$accepted" -eq $((messages + queued)) ] && [ "$lost" -eq 0 ] && [ "${errors:-1}" -eq 0 ]
