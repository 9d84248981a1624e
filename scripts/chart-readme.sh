#!/usr/bin/env bash
# Writes the table of values into the chart's README, from the comments of values.yaml.
#   scripts/chart-readme.sh            writes
#   scripts/chart-readme.sh --check    says what differs, and fails if anything does
set -euo pipefail
cd "$(dirname "$0")/../charts/relay-operator"

begin='<!-- values: written by scripts/chart-readme.sh -->'
end='<!-- end of values -->'

# A value is "key: default" on one line, below a comment "# -- description". Its path is that of the keys it stands under.
table() {
  awk '
    function fail(text) { print "values.yaml:" NR ": " text > "/dev/stderr"; failed = 1; exit 1 }
    function type(value) {
      if (value ~ /^\{/) return "object"
      if (value ~ /^\[/) return "list"
      if (value ~ /^(true|false)$/) return "bool"
      if (value ~ /^[0-9]+$/) return "int"
      return "string"
    }
    BEGIN { print "| Value | Type | Default | Meaning |"; print "|---|---|---|---|" }
    /^ *# -- / { sub(/^ *# -- /, ""); meaning = $0; next }
    /^ *(#|$)/ { next }
    {
      if (!match($0, /^ *[A-Za-z0-9]+:/)) fail("not \"key: default\" on one line: " $0)
      key = substr($0, 1, RLENGTH - 1)
      value = substr($0, RLENGTH + 1)
      sub(/^ +/, "", value)
      level = 0
      while (sub(/^  /, "", key)) level++
      path = level == 0 ? key : above[level - 1] "." key
      above[level] = path
      if (value == "") {
        if (meaning != "") fail(path " has a comment, but no default on its line")
        next
      }
      if (meaning == "") fail(path " has no comment \"# -- \"")
      gsub(/\|/, "\\|", value)
      gsub(/\|/, "\\|", meaning)
      printf "| `%s` | %s | `%s` | %s |\n", path, type(value), value, meaning
      meaning = ""
    }
    END { exit failed }
  ' values.yaml
}

readme() {
  table >"$rows"
  awk -v begin="$begin" -v end="$end" -v rows="$rows" '
    $0 == end { inside = 0; ended = begun }
    !inside
    $0 == begin { inside = begun = 1; while ((getline row < rows) > 0) print row }
    END { if (!ended) { print "README.md has lost its markers." > "/dev/stderr"; exit 1 } }
  ' README.md
}

rows=$(mktemp)
new=$(mktemp)
trap 'rm -f "$rows" "$new"' EXIT
readme >"$new"
if [ "${1:-}" = "--check" ]; then
  diff -u README.md "$new" >&2 || { echo "charts/relay-operator/README.md is not current: run scripts/chart-readme.sh" >&2; exit 1; }
else
  cat "$new" >README.md
fi
