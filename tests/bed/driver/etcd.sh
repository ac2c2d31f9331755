# What the programs of this driver share. A directory under hosts/ stands for a machine, and its
# paths are as on that machine: /var/lib/etcd of 127.20.0.1 is hosts/127.20.0.1/var/lib/etcd.
# Beside a data directory lies a note of the member that was started on it.
set -eu

# A machine does one thing at a time, also when two are asked of it.
mkdir -p "$PWD/hosts/$ETCDPLAN_HOST"
exec 9>"$PWD/hosts/$ETCDPLAN_HOST/lock"
flock 9

machine() { echo "$PWD/hosts/$1"; }

fail() {
  echo "$*" >&2
  exit 1
}

# Whoever runs this is etcdplan, directly or by way of another program of this driver.
etcdplan() {
  local program
  program=$(readlink "/proc/$PPID/exe")
  case $program in
  */bash) program=$(readlink "/proc/$(ps -o ppid= -p "$PPID" | tr -d ' ')/exe") ;;
  esac
  echo "$program"
}

# The pid of the etcd on a machine; fails if none runs.
running() {
  local pid
  pid=$(cat "$1/etcd.pid" 2>/dev/null) || return 1
  # A pid may have been given to another process since.
  [ "$(readlink "/proc/$pid/cwd")" = "$1" ] && ! grep -q '^State:.Z' "/proc/$pid/status" && echo "$pid"
}

# A process has ended when its last thread has: the first may die before the others, which hold its
# files and ports until then.
ended() {
  local status
  status=$(cat "/proc/$1/status" 2>/dev/null) || return 0
  [[ $status == *State:$'\t'Z* && $status == *Threads:$'\t'1$'\n'* ]]
}

is_empty() { [ -z "$(ls -A "$1" 2>/dev/null)" ]; }

# A member on an empty directory has forgotten its votes, and one on another's data is another.
check() {
  local data=$1 holder
  holder=$(cat "$data.member" 2>/dev/null || true)
  case ${ETCDPLAN_DATA:-any} in
  present)
    if is_empty "$data"; then fail "$data holds no data"; fi
    [ "${holder:-$ETCDPLAN_MEMBER_ID}" = "$ETCDPLAN_MEMBER_ID" ] ||
      fail "$data holds the data of member $holder"
    ;;
  empty)
    # A joiner may have been started before, and ended.
    is_empty "$data" || [ "$holder" = "$ETCDPLAN_MEMBER_ID" ] ||
      fail "$data holds the data of an earlier member"
    ;;
  esac
}

start() {
  local host=$1 etcd=$PWD/bin/etcd
  if running "$host" >/dev/null; then return; fi
  check "$host$ETCD_DATA_DIR"
  mkdir -p "$host/$(dirname "$ETCD_DATA_DIR")"
  # As a unit file keeps it, for `resume`.
  export -p | grep '^declare -x ETCD_' >"$host/etcd.env"
  export ETCD_DATA_DIR=$host$ETCD_DATA_DIR
  # Where a test hooks in, many clusters share few processors.
  if [ -f hook ]; then export GOMAXPROCS=1; fi
  rm -f "$ETCD_DATA_DIR.member"
  if [ -n "${ETCDPLAN_MEMBER_ID:-}" ]; then echo "$ETCDPLAN_MEMBER_ID" >"$ETCD_DATA_DIR.member"; fi
  (
    cd "$host"
    setsid "$etcd" >>etcd.log 2>&1 </dev/null 9>&- &
    echo $! >etcd.pid
  )
}

end() {
  local host=$1 signal=$2 patience=18 pid
  # etcd may take its time to hand leadership over. Where a test hooks in, it may be frozen.
  if [ -f hook ]; then patience=2; fi
  pid=$(running "$host") || return 0
  # A machine may take its time before it ends a process, which serves until then.
  if [ "$signal" = TERM ]; then sleep "${DRIVER_LINGERS:-0}"; fi
  kill "-$signal" "$pid"
  SECONDS=0
  while [ "$SECONDS" -lt $((patience + 5)) ]; do
    if ended "$pid"; then return 0; fi
    [ "$SECONDS" -lt "$patience" ] || kill -KILL "$pid"
    sleep 0.02
  done
  echo "etcd $pid does not end" >&2
  return 1
}
