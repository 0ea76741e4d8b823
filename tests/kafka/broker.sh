#!/usr/bin/env bash
# Runs one Apache Kafka broker in KRaft mode on loopback: broker.sh [--tied] DIR PORT CONTROLLER_PORT
#
# DIR keeps the settings and the data: it is formatted when it is new, and a later start on it finds the same records.
# What stands in DIR/more.properties overrides the settings below.
# Ctrl-C or SIGTERM stops the broker in good order.
#
# With --tied the broker lives no longer than whoever holds the other end of standard input, however that process dies:
#   "stop"       stop in good order, keep DIR
#   "kill"       kill -9, keep DIR
#   end of file  the owner is gone: kill -9, and remove DIR; a signal removes it too
#
# KAFKA_HEAP (default 512m) is the JVM's heap, KAFKA_LOG_LEVEL (default warn) what it prints.
set -euo pipefail

tied=
if [[ ${1-} == --tied ]]; then
    tied=1
    shift
fi
if [[ $# -ne 3 ]]; then
    echo "usage: broker.sh [--tied] DIR PORT CONTROLLER_PORT" >&2
    exit 64
fi
dir=$1 port=$2 controller=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=$("$here/../jars.sh" kafka)
mkdir -p "$dir"
if [[ -n $tied ]]; then
    rm -f "$dir/keep"
    trap '[[ -e $dir/keep ]] || rm -rf "$dir"' EXIT
fi

# Everything that makes a lone broker quick to start and to rebalance, and keep records of any timestamp (by default it
# deletes those that say they are older than a week); the rest is Kafka's default.
cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$controller
log.dirs=$dir/data
auto.create.topics.enable=false
log.retention.ms=-1
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=4194304
log.cleaner.backoff.ms=500
PROPERTIES
if [[ -e $dir/more.properties ]]; then
    cat "$dir/more.properties" >>"$dir/server.properties"
fi

java=(
    java "-Xmx${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=${KAFKA_LOG_LEVEL:-warn}"
    -Dorg.slf4j.simpleLogger.showDateTime=true "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"
    -cp "$jars/*"
)

if [[ ! -e $dir/data/meta.properties ]]; then
    # Controllers that are listed need not find each other.
    quorum=--standalone
    if grep -q '^controller.quorum.voters=' "$dir/server.properties"; then quorum=; fi
    "${java[@]}" kafka.tools.StorageTool format $quorum --cluster-id serdecar-tests-0000000 \
        --config "$dir/server.properties" </dev/null
fi

# Java runs in the background, so that a signal to this script is handled at once; it inherits that SIGINT is ignored,
# hence the SIGTERM.
exec 3<&0
"${java[@]}" kafka.Kafka "$dir/server.properties" </dev/null 3<&- &
broker=$!
# Again and again: a signal that arrives before the JVM has set itself up is lost.
stop() { while kill -TERM "$broker" 2>/dev/null; do sleep 1; done; }
trap 'stop &' INT TERM HUP

if [[ -n $tied ]]; then
    (
        trap - INT TERM HUP EXIT
        word=
        read -r word || true
        case $word in
            kill) touch "$dir/keep" && kill -KILL "$broker" ;;
            stop) touch "$dir/keep" && stop ;;
            # Nobody needs its records, and in good order the last of a cluster would wait for the others.
            *) kill -KILL "$broker" ;;
        esac
    ) <&3 >/dev/null 2>&1 &
    owner=$!
fi
exec 3<&-

# `wait` also returns when a signal arrives: the broker is gone only when there is no such process left.
status=0
while kill -0 "$broker" 2>/dev/null; do
    status=0
    wait "$broker" || status=$?
done
if [[ -n $tied ]]; then
    kill "$owner" 2>/dev/null || true
fi
# 143 is what the JVM makes of SIGTERM: it stopped in good order.
if [[ $status -eq 143 ]]; then
    status=0
fi
exit "$status"
