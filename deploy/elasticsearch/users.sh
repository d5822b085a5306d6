#!/bin/sh
# Run once after Elasticsearch is up, and harmless when run again: Kibana's own user gets its password, and Holdfast a user that
# may write its own indices and nothing else. Needs ELASTIC_PASSWORD, KIBANA_PASSWORD, INDEX_PASSWORD: letters and digits.
set -eu
URL="${ELASTICSEARCH_URL:-http://elasticsearch:9200}"

put() {
  curl --fail-with-body --silent --show-error --user "elastic:$ELASTIC_PASSWORD" --header 'content-type: application/json' \
    --request "$1" "$URL$2" --data "$3"
  echo
}

put POST /_security/user/kibana_system/_password "{\"password\": \"$KIBANA_PASSWORD\"}"
put PUT /_security/role/holdfast '{
  "cluster": ["manage_index_templates", "manage_ilm"],
  "indices": [{
    "names": ["moodle-*", "clickstream-*", "logs-clickstream.access-*"], "privileges": ["manage", "read", "write"]
  }]
}'
put PUT /_security/user/holdfast "{\"password\": \"$INDEX_PASSWORD\", \"roles\": [\"holdfast\"]}"
