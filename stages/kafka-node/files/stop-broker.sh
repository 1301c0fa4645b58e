#!/bin/sh
# Stops the broker, whose process id is given.
#
# With its logs closed and marked as such, a broker waits five seconds more for other controllers:
# after one, it is killed. Before that it waits to be let go, which takes a majority of the
# controllers: where the others have been stopped, it would wait for ever.
set -u
closed_mark=@DATA@/.kafka_cleanshutdown
waited=0 closed=0 alone=0

is_majority_there() {
  there=@IS_CONTROLLER@
  for host in @OTHER_CONTROLLERS@; do
    timeout 0.3 bash -c ": < /dev/tcp/$host/@PORT@" 2> /dev/null && there=$((there + 1))
  done
  [ $there -ge @MAJORITY@ ]
}

kill -s TERM "$1" || exit 0
while kill -s 0 "$1" 2> /dev/null; do
  waited=$((waited + 1))
  if [ -e $closed_mark ]; then
    closed=$((closed + 1))
  elif [ $waited -gt 20 ]; then
    if is_majority_there; then alone=0; else alone=$((alone + 1)); fi
  fi
  if [ $closed -gt 10 ] || [ $alone -gt 5 ]; then
    kill -s KILL "$1"
    exit 0
  fi
  sleep 0.1
done
