#!/usr/bin/env bash
# Makes a stand-in for the image debian:12-slim from the package source of this machine, for machines
# that reach no image registry. It also gets the CA certificates of this machine, so that pip works in
# RUN steps.
#
# usage: base.sh OUT.tar        (as root; about 135 MB)
set -euo pipefail

out=$1
# The suites bookworm, bookworm-updates and bookworm-security of this machine.
sources=$(grep -lsE bookworm /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources | head -n 1 || true)
if [[ -z $sources ]]; then
  echo "base.sh: /etc/apt has no package source for bookworm (Debian 12)" >&2
  exit 1
fi

# As in the official image: no documentation, and dpkg doesn't wait for the disk.
mmdebstrap --quiet --variant=minbase --include=ca-certificates \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  --customize-hook='mkdir -p "$1/usr/local/share/ca-certificates"
    cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/" 2>/dev/null || true
    cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"' \
  bookworm "$out.making.tar" "$sources"
mv "$out.making.tar" "$out"
