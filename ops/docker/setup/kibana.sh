#!/bin/sh
# Puts data views and dashboards into Kibana. May be repeated: what is there under the same id is written over.
set -eu
secrets=${SECRETS_DIRECTORY:-/run/secrets}
objects=${OBJECTS_DIRECTORY:-/kibana}

auth=$(mktemp)
trap 'rm -f "$auth"' EXIT
printf 'user = "elastic:%s"\n' "$(cat "$secrets/elastic_password")" > "$auth"

for file in "$objects"/*.ndjson; do
  answer=$(curl -sS --fail-with-body --retry 5 --retry-connrefused -K "$auth" -H 'kbn-xsrf: millrace' -F "file=@$file" "$KIBANA/api/saved_objects/_import?overwrite=true")
  printf '%s\n' "$answer"
  # Kibana answers 200 also where it has refused some of them.
  case $answer in
    *'"success":true'*) ;;
    *) echo "Kibana refused $file" >&2; exit 1 ;;
  esac
done
