#!/usr/bin/env bats
# One failure and five workarounds, each of which starts from the failed state, built for it: anew with REBUILD=--no-cache,
# from what the engine has of it with REBUILD=.

load phases

failed_state() {
  failed=bench/failed:${REBUILD:+$BATS_TEST_NUMBER}
  failed=${failed%:}
  # shellcheck disable=SC2086  # REBUILD is one word or none
  docker build --quiet $REBUILD --network none --build-arg "BASE=$SITE" --tag "$failed" "$BATS_TEST_DIRNAME/failed"
}

workaround() { # remedy
  failed_state
  works "$failed" "$1 &&"
}

@test "reproduce" { reproduce "$SITE"; }
@test "placebo" { failed_state; placebo "$failed" ""; }
@test "workaround: copy" { workaround "cp /share/site.conf /etc/site.conf"; }
@test "workaround: link" { workaround "ln -s /share/site.conf /etc/site.conf"; }
@test "workaround: move" { workaround "mv /share/site.conf /etc/site.conf"; }
@test "workaround: write" { workaround "echo A:127.0.0.1 >/etc/site.conf"; }
@test "workaround: empty" { workaround ":>/etc/site.conf"; }
@test "control" { works "$HEALTHY" ""; }
