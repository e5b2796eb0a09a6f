#!/bin/sh
# Installs, upgrades or removes fleet: one executable, its manual pages and its completions, below one folder, without root.
#   curl -fsSL https://github.com/ai-fleet/ai-fleet/releases/latest/download/install.sh | sh
#   ... | sh -s -- [--prefix DIR] [--version V] [--uninstall | --for PLATFORM]
# Nothing is put in place before all of it is there and checked; what fails leaves everything as it was.
set -eu

address=${FLEET_ADDRESS:-https://github.com/ai-fleet/ai-fleet}
prefix=${HOME:-/nonexistent}/.local
version=latest
uninstall=
elsewhere=

say() { printf '%s\n' "$*" >&2; }

# fail CODE MESSAGE [HINT]
fail() {
  say "install: $2"
  [ $# -lt 3 ] || say "  $3"
  exit "$1"
}

usage() {
  cat <<'TEXT'
Installs, upgrades or removes fleet.

  --prefix DIR   below which folder; default ~/.local (the program goes to DIR/bin)
  --version V    this version instead of the newest, such as 0.1.0
  --uninstall    removes what an installation put there; agents and ~/.ai_fleet stay
  --for PLATFORM installs nothing: the program for another machine, such as linux-arm64, goes to DIR/PLATFORM

FLEET_ADDRESS is where releases are taken from. Proxies are those of curl or wget (https_proxy).
TEXT
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --version | --for) [ $# -ge 2 ] || fail 2 "$1 needs a value" "sh install.sh --help" ;;
  esac
  case $1 in
    --prefix) prefix=$2 && shift 2 ;;
    --prefix=*) prefix=${1#*=} && shift ;;
    --version) version=$2 && shift 2 ;;
    --version=*) version=${1#*=} && shift ;;
    --for) elsewhere=$2 && shift 2 ;;
    --for=*) elsewhere=${1#*=} && shift ;;
    --uninstall) uninstall=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail 2 "unknown word $1" "sh install.sh --help" ;;
  esac
done

case $prefix in
  /*) ;;
  *) prefix=$(pwd)/$prefix ;;
esac
case $version in
  latest) release=latest/download ;;
  *[!0-9A-Za-z.+-]* | '') fail 2 "$version is no version" "sh install.sh --version 0.1.0" ;;
  *) release=download/v${version#v} ;;
esac
case $elsewhere in
  *[!0-9a-z_-]*) fail 2 "$elsewhere is no platform" "sh install.sh --for linux-arm64" ;;
esac

# What says that this script installed here: a line with the version, then a line for each file, below the prefix.
receipt=share/doc/ai-fleet/installed

# installed: the files of the installation that is there; nothing but files where this script puts some is ever removed.
installed() {
  [ ! -f "$prefix/$receipt" ] || sed -n '1d; /\.\./d; /^bin\/[^ ]*$/p; /^share\/[^ ]*$/p' "$prefix/$receipt"
}

remove() {
  [ -f "$prefix/$receipt" ] || fail 1 "nothing was installed below $prefix by this script" "sh install.sh --uninstall --prefix DIR"
  for file in $(installed); do rm -f -- "$prefix/$file"; done
  rm -f -- "$prefix/$receipt"
  rmdir -- "$prefix/share/doc/ai-fleet" 2>/dev/null || true
  say "removed fleet from $prefix. Agents, their worktrees and ~/.ai_fleet were left alone."
}

if [ -n "$uninstall" ]; then
  remove
  exit 0
fi

has() { command -v "$1" >/dev/null 2>&1; }

# All that is missing is said at once.
missing=
has curl || has wget || missing="$missing curl (or wget)"
has tar || missing="$missing tar"
has xz || has gzip || missing="$missing gzip (or xz)"
has find || missing="$missing find"
has sha256sum || has shasum || has openssl || missing="$missing sha256sum (or openssl)"
[ -z "$missing" ] || fail 3 "these programs are needed and missing:$missing" "install them with the package manager of your system, then run this again"

# platform: linux-x64, linux-arm64-musl, darwin-arm64 ...
platform() {
  case $(uname -s) in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    *) fail 1 "there is no fleet for $(uname -s)" "on Windows, use it inside WSL" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail 1 "there is no fleet for $(uname -m)" "to build it, see $address" ;;
  esac
  libc=
  if [ $system = linux ]; then
    # glibc's loader is looked for first: a Debian with the musl package has both.
    for loader in /lib64/ld-linux-* /lib/ld-linux-* /lib/*-linux-gnu/ld-linux-*; do
      [ ! -e "$loader" ] || { echo "$system-$machine" && return; }
    done
    for loader in /lib/ld-musl-*; do [ ! -e "$loader" ] || libc=-musl; done
  elif [ $machine = x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then
    machine=arm64
  fi
  echo "$system-$machine$libc"
}

# fetch NAME: the file of the release, into the staging folder.
fetch() {
  url=$address/releases/$release/$1
  if has curl; then
    curl --fail --silent --show-error --location --retry 2 --connect-timeout 20 --output "$staging/$1" -- "$url" >&2
  else
    # That of BusyBox knows neither --version nor, in small builds, how long to wait.
    patience=
    ! wget --version >/dev/null 2>&1 || patience='-T 20 -t 3'
    # shellcheck disable=SC2086 # words
    wget -q $patience -O "$staging/$1" -- "$url" >&2
  fi || fail 1 "$url could not be downloaded" "look at the address, the network, https_proxy and the space on the disk, then run this again"
}

# sum FILE: its SHA-256 in hex.
sum() {
  if has sha256sum; then
    sha256sum <"$1" | cut -d ' ' -f 1
  elif has shasum; then
    shasum -a 256 <"$1" | cut -d ' ' -f 1
  else
    openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
  fi
}

platform=${elsewhere:-$(platform)}

made=
[ -d "$prefix" ] || made=$prefix
if ! mkdir -p -- "$prefix" 2>/dev/null || [ ! -w "$prefix" ]; then
  fail 1 "$prefix cannot be written to" "sh install.sh --prefix DIR"
fi
# Beside the place it goes to, so that each file gets there by a rename: a fleet that runs is not disturbed.
staging=$(mktemp -d "$prefix/.fleet-install.XXXXXX") || fail 1 "no folder can be made in $prefix" "sh install.sh --prefix DIR"
placed=

# What was there before comes back, unless all of the new is in place.
finish() {
  for file in $placed; do
    if [ -e "$staging/before/$file" ]; then
      mv -f -- "$staging/before/$file" "$prefix/$file"
    else
      rm -f -- "$prefix/$file"
    fi
  done
  rm -rf -- "$staging"
  [ -z "$made" ] || rmdir -- "$made" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# offered SUFFIX: the sum of the archive of that kind, if the release has one.
offered() {
  sed -n "s/^\([0-9a-f]\{64\}\) [ *]fleet-$platform\.tar\.$1\$/\1/p" "$staging/SHA256SUMS"
}

fetch SHA256SUMS
# The archive of xz is a third smaller.
unpack=gzip expected=$(offered gz) archive=fleet-$platform.tar.gz
if has xz && [ -n "$(offered xz)" ]; then
  unpack=xz expected=$(offered xz) archive=fleet-$platform.tar.xz
fi
[ -n "$expected" ] || fail 1 "this release has no fleet for $platform" "see $address/releases"
has $unpack || fail 3 "gzip is needed to unpack $archive" "install it with the package manager of your system, then run this again"
fetch "$archive"
[ "$(sum "$staging/$archive")" = "$expected" ] ||
  fail 1 "$archive does not have the SHA-256 that the release names; nothing was installed" "run this again; if it stays so, tell $address/issues"

mkdir -- "$staging/new" "$staging/before"
$unpack -dc -- "$staging/$archive" | tar -xf - -C "$staging/new" --strip-components 1 2>/dev/null ||
  fail 1 "$archive could not be unpacked; is the disk full?" "df -h $prefix"
if [ -n "$elsewhere" ]; then
  mv -f -- "$staging/new/bin/fleet" "$prefix/$elsewhere" || fail 1 "$prefix/$elsewhere cannot be written" "df -h $prefix"
  exit 0
fi
new=$("$staging/new/bin/fleet" --version 2>"$staging/complaint") ||
  fail 3 "the program does not run here: $(head -n 3 "$staging/complaint")" "on Alpine, run apk add libstdc++"

# The program comes last, so that it is never newer than what belongs to it.
files="$(cd "$staging/new" && find share ! -type d) bin/flt bin/fleet" || fail 1 "the release lacks its texts" "tell $address/issues"
old=$("$prefix/bin/fleet" --version 2>/dev/null) || old=
obsolete=$(installed)
# A file would be moved into a folder that stands in its place.
for file in $files; do
  [ ! -d "$prefix/$file" ] || fail 1 "$prefix/$file is a folder; nothing was installed" "move it away, or use --prefix DIR"
done
for file in $files; do
  { [ -e "$staging/new/$file" ] || [ -L "$staging/new/$file" ]; } || fail 1 "the release lacks $file" "tell $address/issues"
  { mkdir -p -- "$(dirname -- "$prefix/$file")" && mkdir -p -- "$(dirname -- "$staging/before/$file")"; } 2>/dev/null ||
    fail 1 "$(dirname -- "$prefix/$file") cannot be made" "sh install.sh --prefix DIR"
  if [ -e "$prefix/$file" ] || [ -L "$prefix/$file" ]; then
    ln -- "$prefix/$file" "$staging/before/$file" 2>/dev/null || cp -pPR -- "$prefix/$file" "$staging/before/$file"
  fi
  placed="$placed $file"
  mv -f -- "$staging/new/$file" "$prefix/$file" || fail 1 "$prefix/$file cannot be written" "sh install.sh --prefix DIR"
done
# shellcheck disable=SC2086 # a word each is a line each
if ! printf '%s\n' "$new" $files >"$staging/receipt" || ! mv -f -- "$staging/receipt" "$prefix/$receipt"; then
  fail 1 "$prefix/$receipt cannot be written" "sh install.sh --prefix DIR"
fi
placed=
for file in $obsolete; do
  installed | grep -qxF -e "$file" || rm -f -- "$prefix/$file"
done

if [ -z "$old" ]; then
  say "installed $new in $prefix/bin/fleet (and flt), with its manual pages and completions."
elif [ "$old" = "$new" ]; then
  say "$new was there already; its files were put in place again."
else
  say "upgraded $old to $new in $prefix/bin/fleet. Agents that run were not touched."
fi
case :${PATH:-}: in
  *:"$prefix/bin":*) ;;
  *)
    case ${SHELL:-} in
      */fish) say "To find it, run: fish_add_path $prefix/bin" ;;
      */zsh) say "To find it, add this line to ~/.zshrc:  export PATH=\"$prefix/bin:\$PATH\"" ;;
      *) say "To find it, add this line to ~/.profile:  export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
    ;;
esac
if ! has git || ! has tmux; then say "It needs git and tmux; $prefix/bin/fleet doctor says what is missing."; fi
say "Next: fleet doctor. To undo: fleet upgrade --uninstall"
