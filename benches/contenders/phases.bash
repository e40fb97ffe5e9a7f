# Shared by both bats files: one container for each phase, removed at its end.
# shellcheck shell=bash disable=SC2154  # `status` and `output` are set by bats' `run`

request="curl -sS -i --max-time 15 http://localhost/"

in_container() { # image, commands
  local flags
  read -ra flags <<<"$ISOLATION"
  run docker run --rm "${flags[@]}" "$1" sh -c "$2"
}

reproduce() { # image
  in_container "$1" start-site
  [ "$status" -eq 1 ]
  [[ "$output" == *"$SYMPTOM"* ]]
}

placebo() { # image, commands that lead to the failure
  in_container "$1" "$2 start-site && echo started; $request"
  [ "$status" -ne 0 ]
  [[ "$output" == *"$SYMPTOM"* ]]
  [[ "$output" != *started* ]]
  [[ "$output" != *"$ANSWER"* ]]
}

works() { # image, commands before
  in_container "$1" "$2 start-site && $request"
  [ "$status" -eq 0 ]
  [[ "$output" == "HTTP/1."?" 200 "* ]]
  [[ "$output" == *"$ANSWER"* ]]
  [[ "$output" != *"$SYMPTOM"* ]]
}
