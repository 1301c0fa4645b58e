# Kafka's tools, as in: kafka-topics.sh --bootstrap-server "$KAFKA_BROKERS"@CONFIG@ --list
export PATH="$PATH:/opt/kafka/bin"
export JAVA_HOME="${JAVA_HOME:-@JAVA_HOME@}"
export KAFKA_BROKERS="@BROKERS@"
