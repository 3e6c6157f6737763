#!/bin/sh
# Users with the rights they need: Kibana's own, and Millrace's, which may do all with its indexes and nothing else. May
# be repeated: changed passwords take hold.
set -eu
secrets=${SECRETS_DIRECTORY:-/run/secrets}
secret() { cat "$secrets/$1"; }
prefix=${INDEX_PREFIX:-media}

# In a file, since every process of the container can read another's command line.
auth=$(mktemp)
trap 'rm -f "$auth"' EXIT
printf 'user = "elastic:%s"\n' "$(secret elastic_password)" > "$auth"

# call METHOD PATH, with the body on the standard input
call() {
  curl -sS --fail-with-body --retry 5 --retry-connrefused -K "$auth" -X "$1" -H 'content-type: application/json' --data-binary @- "$ELASTICSEARCH$2"
  echo
}

printf '{"password":"%s"}' "$(secret kibana_password)" | call POST /_security/user/kibana_system/_password

# Index templates belong to the cluster. An alias and a mapping are given with the index that is made: `manage`.
call PUT /_security/role/millrace <<JSON
{
  "cluster": ["monitor", "manage_index_templates"],
  "indices": [{ "names": ["$prefix-*"], "privileges": ["manage", "read", "write", "view_index_metadata"] }]
}
JSON

printf '{"password":"%s","roles":["millrace"]}' "$(secret elasticsearch_millrace_password)" | call PUT /_security/user/millrace
