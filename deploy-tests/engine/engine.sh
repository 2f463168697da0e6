#!/usr/bin/env bash
# A Docker engine for the tests, on a machine that runs none: a dockerd in namespaces of its own, with
# user-mode NAT. Routes, packet filters and /var/lib/docker of the machine stay as they are. The ports
# that containers publish are in the engine's network namespace.
#
# usage: engine.sh up|down DIR        (as root; DIR gets all of its files, `down` deletes it)
# The engine listens on DIR/docker.sock.
set -euo pipefail

if (($# != 2)); then
  echo "usage: engine.sh up|down DIR" >&2
  exit 2
fi
dir=$2
socket=$dir/docker.sock

wait_for() { # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

has_ended() { ! kill -0 "$1"; }

# The first process of the namespaces: mounts what dockerd needs, then becomes dockerd.
write_init() {
  cat >"$dir/init" <<'INIT'
set -euo pipefail
dir=$1
mount --make-rprivate /
if [[ -d /sys/fs/cgroup/memory ]]; then
  # Version 1: mounts each hierarchy again, in the new cgroup namespace.
  controllers=$(ls /sys/fs/cgroup)
  mount -t tmpfs cgroup /sys/fs/cgroup
  for controller in $controllers; do
    at=/sys/fs/cgroup/$controller
    mkdir -p "$at"
    case $controller in
      systemd) mount -t cgroup -o none,name=systemd cgroup "$at" ;;
      unified) mount -t cgroup2 cgroup2 "$at" ;;
      *) mount -t cgroup -o "$controller" cgroup "$at" ;;
    esac || rmdir "$at"
  done
fi
mount -t tmpfs run /run
mkdir -p /run/lock
ip link set lo up
echo 'nameserver 10.0.2.3' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
echo 1 >/proc/sys/net/ipv4/ip_forward
touch "$dir/namespaces_ready"
until ip link show tap0 >/dev/null 2>&1; do sleep 0.05; done
exec tini -- dockerd --data-root="$dir/data" --exec-root=/run/docker-exec \
  --pidfile=/run/dockerd.pid -H "unix://$dir/docker.sock" --bip=172.31.255.1/24 \
  --default-address-pool base=172.31.0.0/17,size=24
INIT
}

up() {
  mkdir -p "$dir"
  rm -f "$dir"/{pid,namespaces_ready,docker.sock}
  write_init
  setsid unshare -m -p -n -i -u -C --fork --kill-child --mount-proc bash "$dir/init" "$dir" \
    >"$dir/dockerd.log" 2>&1 </dev/null &
  local unshare=$! pid
  if ! wait_for 20 test -e "$dir/namespaces_ready"; then
    cat "$dir/dockerd.log" >&2
    echo "engine.sh: this machine does not allow new namespaces, see above" >&2
    exit 1
  fi
  pid=$(cut -d' ' -f1 "/proc/$unshare/task/$unshare/children")
  echo "$pid" >"$dir/pid"
  setsid slirp4netns --configure --mtu=1400 --disable-host-loopback "$pid" tap0 \
    >"$dir/slirp.log" 2>&1 </dev/null &
  echo $! >"$dir/slirp.pid"
  if ! wait_for 30 docker -H "unix://$socket" info; then
    tail -20 "$dir/dockerd.log" >&2
    echo "engine.sh: dockerd did not start, see above" >&2
    exit 1
  fi
}

down() {
  local pid
  pid=$(cat "$dir/pid")
  # dockerd ends its containers; the kernel ends what is left in the namespaces.
  kill -TERM "$pid" 2>/dev/null || true
  wait_for 15 has_ended "$pid" || kill -KILL "$pid" 2>/dev/null || true
  kill "$(cat "$dir/slirp.pid")" 2>/dev/null || true
  # Empty control groups that the engine left.
  find /sys/fs/cgroup -maxdepth 9 -depth -type d -path '*/docker*' -exec rmdir {} + 2>/dev/null || true
  rm -rf "$dir"
}

case $1 in
  up) up ;;
  down) down ;;
  *)
    echo "usage: engine.sh up|down DIR" >&2
    exit 2
    ;;
esac
