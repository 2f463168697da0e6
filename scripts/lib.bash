# Functions for the scripts in this directory, which source this file.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/logs
mkdir -p "$logs"

# Every background command has its own process group, so that end_children ends its children too.
groups=()

# start LOG COMMAND...: runs a command in the background. It is ended when this script ends.
# LOG is a file, or - for this script's own output. Sets `child` to the command's process id.
start() {
  local log=$1
  shift
  set -m
  if [[ $log == - ]]; then
    "$@" </dev/null &
  else
    "$@" >"$log" 2>&1 </dev/null &
  fi
  set +m
  child=$!
  groups+=("$child")
}

end_children() {
  local group
  for group in "${groups[@]}"; do kill -- "-$group" 2>/dev/null || true; done
  for group in "${groups[@]}"; do wait "$group" 2>/dev/null || true; done
  groups=()
}
trap end_children EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run COMMAND...: runs a command and waits for it. It is ended when this script is ended.
run() {
  start - "$@"
  wait "$child"
}

# step NAME COMMAND...: runs a command with its output in build/logs/NAME.log and prints how long it
# took. If it fails, prints the end of that log and returns its exit code.
step() {
  local name=$1 began=$SECONDS code=0
  shift
  printf '%-18s ' "$name"
  start "$logs/$name.log" "$@"
  wait "$child" || code=$?
  unset "groups[-1]"
  if ((code == 0)); then
    printf 'ok      %4d s\n' $((SECONDS - began))
  else
    printf 'FAILED  %4d s, exit code %d. The end of build/logs/%s.log:\n' \
      $((SECONDS - began)) "$code" "$name"
    tail -n "${LOG_TAIL:-60}" "$logs/$name.log"
  fi
  return "$code"
}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# free_ports N: prints N free TCP ports of 127.0.0.1, one per line.
free_ports() {
  python3 - "$1" <<'EOF'
import socket
import sys

sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print("\n".join(str(s.getsockname()[1]) for s in sockets))
EOF
}

# wait_for_port PORT PID: waits until a process listens on the port. Fails after 20 seconds, or when
# PID ends before.
wait_for_port() {
  local try
  for ((try = 0; try < 200; try++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
