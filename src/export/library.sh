set -u
LC_ALL=C
export LC_ALL
docker=${DOCKER:-docker}
out=observed
container=
snapshot=
compared=0
missing=

# Prints text without control characters, which could control the terminal.
say() { printf '%s\n' "$*" | tr -d '\000-\010\013-\037\177'; }

# stop WHAT [HELP]: ends the script with exit status 2, because the result is unknown.
stop() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf 'help: %s\n' "$2" >&2
  exit 2
}

# Removes the container and the snapshot on every exit. Images stay for the next call.
clean_up() {
  trap '' INT TERM HUP
  leave
  [ -z "$snapshot" ] || "$docker" rmi --force "$snapshot" >/dev/null
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# build TARGET IMAGE: builds one of the two environments of the Dockerfile.
build() {
  say "== image $2"
  set -- --target "$1" --tag "$2" --build-arg BASE_IMAGE="$base_image"
  for proxy in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    eval "[ -z \"\${$proxy-}\" ]" || set -- "$@" --build-arg "$proxy"
  done
  [ -z "${BUILD_NETWORK-}" ] || set -- "$@" --network "$BUILD_NETWORK"
  "$docker" build "$@" . ||
    stop "an image could not be built" "if \`$base_image\` cannot be pulled, build a base as described in README.md, and set BASE_IMAGE"
}

# phase NAME WHAT: begins a phase in the current container.
phase() {
  phase=$1
  say
  say "== phase $phase: $2"
  mkdir -p "$out/$phase"
}

# enter NAME WHAT IMAGE: begins a phase in a new container, isolated as in matrix. Its main process only waits.
enter() {
  leave
  phase "$1" "$2"
  container=$("$docker" run --detach @ISOLATION@ \
    --user 0 --entrypoint sleep "$3" 2147483647) || stop "no container could be started from $3"
}

leave() {
  [ -z "$container" ] || "$docker" rm --force --volumes "$container" >/dev/null
  container=
}

# take_snapshot: takes a snapshot of the container, from which later phases start.
take_snapshot() {
  snapshot=$("$docker" commit "$container") || stop "no snapshot could be taken"
}

# begin: stores the sizes of log files at the start of the phase; the command that prints them is on standard input.
begin() {
  "$docker" exec "$container" /bin/sh -c "$(cat)" >"$out/$phase/begun" </dev/null || stop "the log files of phase $phase cannot be read"
}

# since NUMBER FILE: the next step reads only the text that was appended to the file since the phase began.
begins=
since() {
  begins=$(while read -r number size digest; do
    [ "$number" != "$1" ] || printf "now=\$(head -c %s -- '%s' | sha256sum); from=1; case \$now in %s*) from=%s ;; esac\n" \
      "$size" "$(printf '%s' "$2" | sed "s/'/'\\\\''/g")" "$digest" "$((size + 1))"
  done <"$out/$phase/begun")
}

# as USER: the next step runs as this user.
user=
as() { user=$1; }

# client: stops if the container has no curl, with which later steps of the phase make requests.
client() {
  "$docker" exec "$container" /bin/sh -c 'command -v curl' >/dev/null </dev/null ||
    stop "the image of phase $phase has no \`curl\`, with which this script makes requests" "install \`curl\` in the Dockerfile"
}

# step PATH SECONDS DIRECTORY VARIABLES: runs the command on standard input in the container, with these variables in its
# environment. Prints the output and stores it in observed/PHASE/PATH.*.
step() {
  path=$1 seconds=$2 directory=$3 variables=$4
  set --
  [ -z "$directory" ] || set -- --workdir "$directory"
  [ -z "$user" ] || set -- "$@" --user "$user"
  command=$(cat)
  say
  say "-- step $path${directory:+, in $directory}${user:+, as $user}"
  user=
  say "$(printf '%s\n' ${variables:+"$variables"} "$command" | sed 's/^/   $ /')"
  command=${begins:+"$begins
"}$command
  begins=
  files=$out/$phase/$path
  mkdir -p "${files%/*}"
  # The file size limit is in blocks of 512 bytes. Core dumps are disabled.
  set -- "$docker" exec "$@" "$container" /bin/sh -c 'ulimit -c 0 && ulimit -f @BLOCKS@ && eval "$1" && exec /bin/sh -c "$0"' "$command" "$variables"
  ! command -v timeout >/dev/null || set -- timeout "$seconds" "$@"
  "$@" >"$files.stdout" 2>"$files.stderr" </dev/null
  code=$?
  printf '%s\n' "$code" >"$files.exit"
  plain >"$files.lines"
  sed -e '/^[[:space:]]*$/d' -e 's/^/   | /' "$files.lines"
  say "   exit status $code"
  [ "$code" -ne 124 ] || ! command -v timeout >/dev/null || stop "step $path of phase $phase took more than $seconds s"
  [ "$code" -ne 153 ] || stop "step $path of phase $phase wrote a file larger than the limit"
  [ "$code" -eq 0 ] || "$docker" exec "$container" /bin/sh -c : </dev/null || stop "the container of phase $phase no longer runs"
}

# plain: prints the lines of both streams of the step without escape sequences, overwritten characters and control characters.
# A carriage return begins a new line.
escape=$(printf '\033') bell=$(printf '\007') back=$(printf '\010')
plain() {
  for stream in stdout stderr; do
    tr -d '\000' <"$files.$stream"
    echo
  done | sed -e "s/$escape\[[0-?]*[ -\/]*[@-~]//g" -e "s/${escape}[]PX^_][^$bell$escape]*$bell//g" \
    -e "s/${escape}[]PX^_][^$bell$escape]*$escape\\\\//g" -e "s/${escape}[ -\/]*[0-~]//g" \
    -e :over -e "s/[^$back]$back//" -e t\ over | tr '\013-\015' '\n' | tr -d '\000-\010\016-\037\177'
}

# documented WHERE TEXT RUN: prints a documented text, its place in the scenario, and what the run showed.
documented() {
  say "   documented: $2${1:+ ($1)}"
  say "   in the run: $3"
}

# again WHERE TEXT RUN: as documented; the text must be a line of the output, as in the run. [..] matches any text.
again() {
  documented "$@"
  pattern=$(printf '%s' "$2" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; s/[[\.*^$]/\\&/g; s/\\\[\\\.\\\.]/.*/g')
  if lines=$(grep -e "^[[:space:]]*${pattern}[[:space:]]*\$" "$files.lines"); then
    now 1 "$2" "$(printf '%s\n' "$lines" | head -n 1 | sed 's/^[[:space:]]*//' | cut -c 1-300)"
  else
    now 0 "$2" 'not seen'
  fi
}

# ends WHERE TEXT RUN success|failure: as documented; the step must succeed or fail, as in the run.
ends() {
  documented "$@"
  case $code-$4 in
  0-success) now 1 "$2" "exit status $code" ;;
  0-failure | *-success) now 0 "$2" "exit status $code" ;;
  *) now 1 "$2" "exit status $code" ;;
  esac
}

# now FOUND TEXT WHAT: prints what was observed now. FOUND is 0 if the text is missing.
now() {
  say "   now:        $3"
  compared=$((compared + 1))
  [ "$1" -ne 0 ] || missing="$missing
   phase $phase, step $path: $2"
}

finish() {
  leave
  say
  if [ -n "$missing" ]; then
    say "== observed in the run, but not now:$missing"
    exit 1
  fi
  case $compared in
  0) say "== nothing was compared: there are no results of a run" ;;
  *) say "== as in the run: all $compared documented texts and exit statuses" ;;
  esac
}

base_image=${BASE_IMAGE:-@BASE@}
defect=@IMAGE@
control=@IMAGE@-control
cd "$(dirname "$0")" || exit 2
[ ! -e sources/SHA256SUMS ] || (cd sources && sha256sum -c SHA256SUMS >/dev/null) || stop "an archive in sources/ is damaged"
rm -rf "$out"
build defect "$defect"
build control "$control"
