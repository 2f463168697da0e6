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

customize=$(mktemp)
trap 'rm -f "$customize"' EXIT
cat >"$customize" <<'CUSTOMIZE'
#!/bin/sh
set -eu
root=$1
# As in the official image: apt leaves no downloaded package and no cache behind.
cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT
rm -f "$root"/var/cache/apt/*.bin
mkdir -p "$root/usr/local/share/ca-certificates"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
CUSTOMIZE
chmod +x "$customize"

# As in the official image: no documentation, and dpkg doesn't wait for the disk.
mmdebstrap --quiet --variant=minbase --include=ca-certificates,usr-is-merged \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  --customize-hook="$customize" \
  bookworm "$out.making.tar" "$sources"
mv "$out.making.tar" "$out"
