#!/usr/bin/env bash
# mawk and the awk of macOS and the BSDs read standard input with `getline line < "-"`. The awk of busybox, which is that of Alpine, looks
# for a file of that name: getline returns -1, without a message. Seen with busybox 1.35.0. With ARGC = 1 a plain getline reads standard
# input in all three.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq busybox-static=1:1.35.0-4+deb12u1+b1 mawk=1.3.4.20200120-3.1 original-awk=2022-09-12-1 2>/dev/null ||
  apt-get download -qq busybox-static mawk original-awk
for package in *.deb; do dpkg -x "$package" .; done
bin/busybox | head -n 1

# From "-", then from the arguments, of which there are none.
dash='BEGIN { print (getline line < "-"), line }'
plain='BEGIN { ARGC = 1; print (getline line), line }'
answers=
for awk in "bin/busybox awk" usr/bin/mawk usr/bin/original-awk; do
  from_dash=$(echo text | $awk "$dash" an-argument)
  from_plain=$(echo text | $awk "$plain" an-argument)
  echo "$awk: from \"-\" [$from_dash], plain [$from_plain]"
  answers="$answers$from_dash,$from_plain;"
done
[ "$answers" = "-1 ,1 text;1 text,1 text;1 text,1 text;" ]
