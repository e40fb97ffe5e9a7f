#!/usr/bin/env bats
# One failure and five workarounds. Each starts from the failed state, which is built for it: without the engine's cache with
# REBUILD=--no-cache, with it with REBUILD=.

load phases

failed_state() {
  failed=bench/failed:${REBUILD:+$BATS_TEST_NUMBER}
  failed=${failed%:}
  # shellcheck disable=SC2086  # REBUILD is one word or none
  docker build --quiet $REBUILD --network none --build-arg "BASE=$SITE" --tag "$failed" "$BATS_TEST_DIRNAME/failed"
}

workaround() { # command
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
