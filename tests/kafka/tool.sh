#!/usr/bin/env bash
# Runs one of Kafka's own command line tools: tool.sh CLASS ARG…
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
jars=$("$here/../jars.sh" kafka)
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -cp "$jars/*" "$@" </dev/null
