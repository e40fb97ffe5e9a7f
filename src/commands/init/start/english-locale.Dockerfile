# The locale of a user whose terminal is set to English, which a minimal Debian does not have.
# By hand: docker build --build-arg BASE=debian:bookworm dockerfiles/english-locale
ARG BASE
FROM ${BASE}
ENV LC_ALL=en_US.UTF-8
