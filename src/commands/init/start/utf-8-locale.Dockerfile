# A locale that every Debian has: the healthy environment.
# By hand: docker build --build-arg BASE=debian:bookworm dockerfiles/utf-8-locale
ARG BASE
FROM ${BASE}
ENV LC_ALL=C.UTF-8
