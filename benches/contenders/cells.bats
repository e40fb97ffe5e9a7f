#!/usr/bin/env bats
# Ten cells of one failure and one workaround. Without snapshots, each later phase first repeats the failure.

load phases

cell() {
  reproduce "$SITE"
  placebo "$SITE" "start-site 2>/dev/null;"
  works "$SITE" "start-site 2>/dev/null || cp /share/site.conf /etc/site.conf &&"
  works "$HEALTHY" ""
}

@test "cell 1" { cell; }
@test "cell 2" { cell; }
@test "cell 3" { cell; }
@test "cell 4" { cell; }
@test "cell 5" { cell; }
@test "cell 6" { cell; }
@test "cell 7" { cell; }
@test "cell 8" { cell; }
@test "cell 9" { cell; }
@test "cell 10" { cell; }
