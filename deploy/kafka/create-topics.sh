#!/usr/bin/env bash
# Makes the topics that Ambit uses, where they are not there yet. What is there is left as it is: to change a topic is a
# decision of its own, and fewer partitions are impossible. Give parameters as environment variables:
#
#   BROKERS         host:port, several separated by commas. Must be given.
#   COMMAND_CONFIG  a properties file for kafka-topics.sh: TLS, SASL. None if absent.
#   KAFKA_TOPICS    the program; looked for on the path and where Apache's image has it.
#   REPLICATION     copies of each partition. 3: one broker may be down and one in repair.
#   PARTITIONS      of ambit.events.v1. 12: they bound how fast one daemon's fetches spread over brokers, and can be raised
#                   but never lowered. Role `ingest` keys events by their workload.
#   SHARDS          of ambit.peers.v1. 12: as many daemons of role `detect` can share the workloads. It can neither be raised
#                   nor lowered without beginning anew.
#   EVENTS_HOURS    how long events are kept. 168: a week is the longest outage of a reader that loses nothing.
#   DEAD_HOURS      how long records that could not be read are kept. 720: somebody must look and send them again.
#   FINDINGS_LAG_HOURS  how long every transition of a finding stays before compaction may take all but the last. 24: a
#                   reader that is a day behind still sees how a finding grew.
#
# Of the topics of the design, ambit.reach.v1 is not made: daemons that detect each keep what crosses workloads.
set -euo pipefail

brokers=${BROKERS:?host:port of a broker}
topics=${KAFKA_TOPICS:-$(command -v kafka-topics.sh || echo /opt/kafka/bin/kafka-topics.sh)}
replication=${REPLICATION:-3}
options=(--bootstrap-server "$brokers")
[ -z "${COMMAND_CONFIG:-}" ] || options+=(--command-config "$COMMAND_CONFIG")
hour_ms=$((60 * 60 * 1000))

# make TOPIC PARTITIONS SETTING...
make() {
    local topic=$1 partitions=$2 settings=()
    shift 2
    for setting in "$@"; do settings+=(--config "$setting"); done
    "$topics" "${options[@]}" --create --if-not-exists --topic "$topic" --partitions "$partitions" \
        --replication-factor "$replication" "${settings[@]}"
    "$topics" "${options[@]}" --describe --topic "$topic"
}

# An acknowledged record is on two brokers, where there are two.
safe=min.insync.replicas=$((replication > 1 ? 2 : 1))

# Written by role ingest, read by the daemon that detects: what it learns from and looks at.
make ambit.events.v1 "${PARTITIONS:-12}" "$safe" cleanup.policy=delete "retention.ms=$((${EVENTS_HOURS:-168} * hour_ms))"

# Written and read by the daemons of role detect: what a UTC day was like in each shard. The last word on a day and shard
# stands; a week of days is more than any of them goes back.
make ambit.peers.v1 "${SHARDS:-12}" "$safe" cleanup.policy=compact,delete "retention.ms=$((${EVENTS_HOURS:-168} * hour_ms))"

# Written: findings, keyed by uid. The last record of a uid is the finding, so compaction loses none. Few partitions: findings
# are rare.
make ambit.findings.v1 3 "$safe" cleanup.policy=compact "min.compaction.lag.ms=$((${FINDINGS_LAG_HOURS:-24} * hour_ms))"

# Written: records that could not be read, with their place and the reason in headers.
make ambit.dlq.v1 1 "$safe" cleanup.policy=delete "retention.ms=$((${DEAD_HOURS:-720} * hour_ms))"
