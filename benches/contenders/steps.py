"""The checks. Without snapshots, each later phase first repeats the failure."""

import os


def answer(host):
    return host.run("curl -sS -i --max-time 15 http://localhost/")


def fails(host):
    started = host.run("start-site")
    assert started.rc == 1
    assert os.environ["SYMPTOM"] in started.stderr


def works(host):
    started = host.run("start-site")
    assert started.rc == 0
    assert os.environ["SYMPTOM"] not in started.stderr
    answered = answer(host)
    assert " 200 " in answered.stdout.splitlines()[0]
    assert os.environ["ANSWER"] in answered.stdout


def fails_again(host):
    fails(host)
    fails(host)
    answered = answer(host)
    assert answered.rc != 0
    assert os.environ["ANSWER"] not in answered.stdout


def ends_it(host, remedy):
    fails(host)
    assert host.run(remedy).rc == 0
    works(host)
