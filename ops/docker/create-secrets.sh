#!/bin/sh
# Makes the passwords that docker-compose.yml names, each a file of one line. What is there already is kept.
#
#   ops/docker/create-secrets.sh [FOLDER]      default: $SECRETS, or ops/docker/secrets beside this script
#
# Compose mounts these files as they are, with the rights they have, for users of containers who are not the owner here.
# So the folder is closed to others, and the files in it are not.
set -eu

folder=${1:-${SECRETS:-$(dirname "$0")/secrets}}
mkdir -p "$folder"
chmod 0700 "$folder"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

for name in minio_root_user minio_root_password s3_secret_key elastic_password elasticsearch_millrace_password kibana_password kibana_encryption_key grafana_password; do
  file=$folder/$name
  [ -s "$file" ] && continue
  # MinIO takes 40 characters as a secret key at most.
  value=$(random | cut -c1-40)
  [ "$name" = minio_root_user ] && value=root-$(random | cut -c1-12)
  printf '%s\n' "$value" > "$file.new"
  chmod 0444 "$file.new"
  mv "$file.new" "$file"
  printf 'made %s\n' "$file"
done
