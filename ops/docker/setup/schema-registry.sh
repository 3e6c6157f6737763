#!/bin/sh
# Apicurio begins without a compatibility rule. Confluent's registry, and Millrace's stack, begin with this one.
set -eu
curl -fsS --retry 5 --retry-connrefused -X PUT -H 'content-type: application/json' -d '{"compatibility":"BACKWARD"}' "$SCHEMA_REGISTRY/config"
echo
