/** The guard's `$0`: by it a guard is told from any other shell. */
export const guardName = 'fastpath-guard'

/**
 * The shell that stands between us and a server: it holds the read end of a pipe of ours as its stdin, so that our death,
 * of whatever kind, is an end of file to it. It then stops the server (gracefully, by force after GRACE seconds), waits for
 * it and removes FOLDER unless KEEP is set.
 *
 * Arguments: FOLDER KEEP SIGNAL GRACE STEP... SERVER, where each step is a quoted shell command; they run in turn, in FOLDER.
 * Says `started PID` and `exited CODE` of the server on stdout. After the server's end, a line on stdin starts it again.
 */
export const guardScript = `
folder=$1 keep=$2 signal=$3 grace=$4
shift 4
# Only the end of the pipe stops us. Our own writes to a dead parent must not either.
trap '' TERM INT HUP
trap : PIPE
umask 077
exec 3<&0 </dev/null
{ mkdir -p "$folder" && cd "$folder" && (set -C; echo $$ >guard.pid); } || { echo 'exited 75'; exit 75; }

stop_at_end() {
  while read -r _ <&3; do :; done
  echo stopping >>guard.pid
  # A paused process takes no signal but these; the children of a paused PostgreSQL are paused too.
  kill -CONT "$child" $(cat "/proc/$child/task/$child/children" || ps -A -o pid= -o ppid= | awk -v of="$child" '$2 == of { print $1 }')
  tenths=0
  while [ "$tenths" -lt "$((grace * 10))" ] && kill -0 "$child"; do
    # Again and again: until it has set up its handler, a process started by a shell in the background ignores the signal.
    [ "$((tenths % 5))" != 0 ] || kill "-$signal" "$child"
    sleep 0.1
    tenths=$((tenths + 1))
  done
  kill -KILL "$child"
}

run() {
  eval "exec $1" >>server.log 2>&1 3<&- &
  child=$!
  [ -z "$2" ] || echo "started $child"
  stop_at_end >/dev/null 2>&1 &
  watcher=$!
  wait "$child"
  code=$?
  kill -KILL "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null
  return "$code"
}

code=0
while [ $# -gt 1 ] && [ "$code" = 0 ]; do
  run "$1" ''
  grep -q stopping guard.pid && code=1
  shift
done
if [ "$code" = 0 ]; then
  while :; do
    : >server.log
    run "$1" announce
    echo "exited $code"
    read -r _ <&3 || break
  done
else
  echo "exited $code"
  read -r _ <&3
fi

cd /
if [ -n "$keep" ]; then
  rm -f "$folder/guard.pid"
else
  # The last children of a killed PostgreSQL may still be writing.
  tries=0
  until rm -rf "$folder" || [ "$tries" -ge 50 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
`
