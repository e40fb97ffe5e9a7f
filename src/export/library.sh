set -u
LC_ALL=C
export LC_ALL
docker=${DOCKER:-docker}
out=observed
container=
snapshot=

say() { printf '%s\n' "$*"; }

# stop WHAT [HELP]: ends with 3, for nothing could be told.
stop() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf 'help: %s\n' "$2" >&2
  exit 3
}

# Containers and the snapshot go, however this ends; images stay for the next time.
clean_up() {
  trap '' INT TERM HUP
  leave
  [ -z "$snapshot" ] || "$docker" rmi --force "$snapshot" >/dev/null
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# build TARGET IMAGE: one of the two environments of the Dockerfile.
build() {
  say "== image $2"
  set -- --target "$1" --tag "$2" --build-arg BASE_IMAGE="$base_image"
  for proxy in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    eval "[ -z \"\${$proxy-}\" ]" || set -- "$@" --build-arg "$proxy"
  done
  [ -z "${BUILD_NETWORK-}" ] || set -- "$@" --network "$BUILD_NETWORK"
  "$docker" build "$@" . ||
    stop "an image could not be built" "where \`$base_image\` cannot be pulled, make a base as README.md says, and name it in BASE_IMAGE"
}

# enter IMAGE PHASE WHAT: a new container, isolated as in matrix; its main process only waits.
enter() {
  leave
  say "== $2: $3"
  container=$("$docker" run --detach @ISOLATION@ \
    --entrypoint sleep "$1" 2147483647) || stop "no container could be started from $1"
}

leave() {
  [ -z "$container" ] || "$docker" rm --force --volumes "$container" >/dev/null
  container=
}

# begin PHASE: what files are like as the phase begins, told by the command on standard input.
begin() {
  mkdir -p "$out/$1"
  "$docker" exec "$container" /bin/sh -c "$(cat)" >"$out/$1/begun" </dev/null || stop "the files that are read in $1 cannot be looked at"
}

# since PHASE NUMBER FILE: the next step shows of a file only what came since the phase began.
begins=
since() {
  begins=$(while read -r number size digest; do
    [ "$number" != "$2" ] || printf "now=\$(head -c %s -- '%s' | sha256sum); from=1; case \$now in %s*) from=%s ;; esac\n" \
      "$size" "$(printf '%s' "$3" | sed "s/'/'\\\\''/g")" "$digest" "$((size + 1))"
  done <"$out/$1/begun")
}

# step PATH SECONDS DIRECTORY VARIABLES: executes the command on standard input in the container, with these variables put into its
# environment; what it shows is kept under observed/PATH.
step() {
  path=$1 seconds=$2 directory=$3 variables=$4
  set --
  [ -z "$directory" ] || set -- --workdir "$directory"
  command=$(cat)
  say "-- $path"
  printf '%s\n' ${variables:+"$variables"} "$command" | sed 's/^/   $ /'
  command=${begins:+"$begins
"}$command
  begins=
  mkdir -p "$out/${path%/*}"
  # The largest file in blocks of 512 bytes, and no dumps of memory.
  set -- "$docker" exec "$@" "$container" /bin/sh -c 'ulimit -c 0 && ulimit -f @BLOCKS@ && eval "$1" && exec /bin/sh -c "$0"' "$command" "$variables"
  ! command -v timeout >/dev/null || set -- timeout "$seconds" "$@"
  "$@" >"$out/$path.stdout" 2>"$out/$path.stderr" </dev/null
  code=$?
  [ "$code" -ne 124 ] || ! command -v timeout >/dev/null || stop "step $path took more than $seconds s"
  [ "$code" -ne 153 ] || stop "step $path was to write a larger file than any may be here"
  printf '%s\n' "$code" >"$out/$path.exit"
  plain "$path" >"$out/$path.lines"
  grep -v '^[[:space:]]*$' "$out/$path.lines" | tail -n 3 | cut -c 1-200 | sed 's/^/   | /'
  say "   exit status $code"
}

# plain PATH: the lines of both streams without escape sequences and what backspaces write over; a carriage return begins
# another line.
escape=$(printf '\033') bell=$(printf '\007') back=$(printf '\010')
plain() {
  for stream in stdout stderr; do
    tr -d '\000' <"$out/$1.$stream"
    say
  done | sed -e "s/$escape\[[0-?]*[ -\/]*[@-~]//g" -e "s/${escape}[]PX^_][^$bell$escape]*$bell//g" \
    -e "s/${escape}[]PX^_][^$bell$escape]*$escape\\\\//g" -e "s/${escape}[ -\/]*[0-~]//g" \
    -e :over -e "s/[^$back]$back//" -e t\ over | tr '\r' '\n'
}

# find_line PATTERN PATH...: the first line that is the pattern; [..] in it stands for anything. find_within: that has it.
find_line() {
  pattern=$(printf '%s' "$1" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//; s/[[\.*^$]/\\&/g; s/\\\[\\\.\\\.]/.*/g')
  shift
  find_lines "^[[:space:]]*${pattern}[[:space:]]*\$" "$@"
}
find_within() {
  pattern=$(printf '%s' "$1" | sed 's/[[\.*^$]/\\&/g; s/\\\[\\\.\\\.]/.*/g')
  shift
  find_lines "$pattern" "$@"
}
find_lines() {
  pattern=$1
  shift
  for path in "$@"; do
    # A place may be a pattern; there are no blanks in it.
    # shellcheck disable=SC2086
    for lines in $out/$path.lines; do
      [ -e "$lines" ] || continue
      if found=$(grep -e "$pattern" "$lines"); then
        printf '%s\n' "$found" | head -n 1 | sed 's/^[[:space:]]*//'
        return 0
      fi
    done
  done
  return 1
}

# number PATH EXPRESSION: what the group of an extended regular expression finds in the first line that has it; "none" when
# that is nothing, no number or a part of a longer one.
open=$(printf '\001') edge=$(printf '\002') shut=$(printf '\003')
number() {
  found=none
  [ ! -e "$out/$1.lines" ] ||
    found=$(sed -n -E "s${edge}$2${edge}${open}\\1${shut}${edge}p" "$out/$1.lines" | head -n 1 |
      sed -e "s/.*[0-9][.,]\{0,1\}$open.*/none/" -e "s/.*${shut}[.,]\{0,1\}[0-9].*/none/" -e "s/.*$open\(.*\)$shut.*/\1/")
  case $found in
  *[!0-9.eE+-]*) found=none ;;
  esac
  say "${found:-none}"
}

# http_status PATH: of the last response head in what curl -i printed.
http_status() {
  awk '{ sub(/\r$/, "") } /^HTTP\// { code = $2; next } code >= 200 && $0 == "" { exit } END { print code + 0 }' "$out/$1.stdout"
}

# holds PATH WHAT VALUE...: whether a step showed something; line is the line that says so.
holds() {
  line='the step was not reached'
  [ -e "$out/$1.exit" ] || return 1
  code=$(cat "$out/$1.exit")
  line="exit status $code"
  case $2 in
  exit)
    case $3 in
    success) [ "$code" -eq 0 ] ;;
    failure) [ "$code" -ne 0 ] ;;
    *) [ "$code" -eq "$3" ] ;;
    esac
    ;;
  has) line=$(find_line "$3" "$1") ;;
  lacks) ! line=$(find_within "$3" "$1") ;;
  status)
    line="HTTP status $(http_status "$1")"
    [ "$line" = "HTTP status $3" ]
    ;;
  # number VALUE MINUS ABOVE BELOW, each of which may be "-".
  number)
    line="$3"
    [ "$4" = - ] || line="$3 - $4"
    awk -v value="$3" -v minus="$4" -v above="$5" -v below="$6" 'BEGIN {
      if (value == "none" || minus == "none" || above == "none" || below == "none") exit 1
      if (minus != "-") value = value - minus
      exit !((above == "-" || value + 0 > above + 0) && (below == "-" || value + 0 < below + 0))
    }'
    ;;
  esac
}

# show WORDS PATH WHAT VALUE...: says whether a step showed what is documented.
show() {
  words=$1
  shift
  if holds "$@"; then
    say "   shown: $words${line:+: $(printf '%s' "$line" | cut -c 1-200)}"
  else
    say "   not shown: $words"
  fi
}

# What is said of one claim: `claim`, then for each place that decides it `at`, what is expected there, and what is known to
# be seen instead; then `told`.
unexpected=0
untold=0
claim() {
  say "$1 ($2): $3"
  said=0
  stated=0
}
at() {
  settle
  place=1
  held=1
  known=0
}
expects() {
  words=$1
  shift
  holds "$@" || held=0
  say "   $1: $words: ${line:-no line}" | cut -c 1-300
}
# remedy ID: a workaround must end what ends by nothing else.
remedy() {
  if ended "workaround-$1"; then
    say "   workaround $1 ended it"
  else
    held=0
    say "   workaround $1 did not end it"
  fi
  ! ended placebo || {
    held=0
    say "   it ended with nothing done, too"
  }
}
# Each of these comes after what is expected.
or_known() {
  stated=1
  text=$1
  shift
  if line=$(find_line "$text" "$@"); then
    known=1
    say "   known to be seen instead: $line" | cut -c 1-300
  fi
}
or_known_number() {
  stated=1
  ! holds "$@" || known=1
}
# The worst of several places is what counts.
settle() {
  [ "${place:-0}" -eq 1 ] || return 0
  place=0
  case $held$known in
  1?) found=1 ;;
  01) found=2 ;;
  *) found=4 ;;
  esac
  [ "$found" -le "$said" ] || said=$found
}
cannot_tell() {
  say "   $1"
  [ "$said" -ge 3 ] || said=3
}
only_contradicted() {
  settle
  [ "$said" -ge 2 ] || cannot_tell 'see above'
}
told() {
  settle
  # What is known to differ must differ.
  [ "$stated$said" != 10 ] && [ "$stated$said" != 11 ] || said=4
  case $said in
  0) say "   => skipped" ;;
  1) say "   => as documented" ;;
  2) say "   => not as documented, as is known" ;;
  3)
    say "   => could not be told"
    untold=1
    ;;
  4)
    say "   => NOT AS EXPECTED"
    unexpected=1
    ;;
  esac
}
