/**
 * The first process of an instance: `sh -c INSTANCE_INIT instance <pulse file> <seconds> <missed max> <kind> <command...>`.
 * It runs the command, and beside it a watchdog that reads the pulse file now and then: when it has not changed for so
 * many looks, the embedded AWS is gone and the instance ends itself. One `sleep` per look is all that it costs.
 *
 * It stays outside the command's pid namespace, where nothing in the instance can reach it; there, killing the command
 * kills all. Without a namespace the watchdog kills what bears the instance's mark, five times over; the shell that would
 * kill the watchdog, when the command ends, is stopped meanwhile.
 */
export const INSTANCE_INIT = `
pulse=$1 every=$2 missed_max=$3 kind=$4
shift 4
"$@" &
main=$!
trap 'kill -KILL "$main"' TERM INT HUP

end_marked() {
  me=$(exec sh -c 'echo $PPID')
  kill -STOP "$$"
  for round in 1 2 3 4 5; do
    for process in /proc/[0-9]*; do
      pid=\${process#/proc/}
      [ "$pid" = "$$" ] || [ "$pid" = "$me" ] && continue
      tr '\\0' '\\n' 2>/dev/null <"$process/environ" | grep -qx "CBAS_LOCAL_INSTANCE=$CBAS_LOCAL_INSTANCE" &&
        kill -KILL "$pid" 2>/dev/null
    done
  done
  kill -KILL "$$"
}

(
  trap - TERM INT HUP
  last= missed=0
  while [ "$missed" -lt "$missed_max" ]; do
    sleep "$every"
    beat=
    [ -r "$pulse" ] && read -r beat <"$pulse"
    if [ "$beat" = "$last" ]; then missed=$((missed + 1)); else missed=0 last=$beat; fi
  done
  echo "instance $CBAS_LOCAL_INSTANCE: its AWS has not answered $missed_max times in a row; it ends itself"
  case $kind in
    namespace) kill -KILL "$main" ;;
    marker) end_marked ;;
    group) kill -KILL 0 ;;
  esac
) &

wait "$main"
# The whole process group: the watchdog with its sleep, and this shell.
kill -KILL 0
`;

/** Process 1 of a pid namespace: runs a program, buries orphans while it waits, and ends the namespace with it. */
export const REAPER = '"$@" & wait $!';
