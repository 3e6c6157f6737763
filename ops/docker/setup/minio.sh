#!/bin/sh
# Buckets, and a user of Millrace's own that may do in them what it needs and nothing else. May be repeated: a changed
# secret key takes hold. The image has a shell, coreutils and mc.
set -eu
secrets=${SECRETS_DIRECTORY:-/run/secrets}
secret() { cat "$secrets/$1"; }

mc --quiet alias set store "$S3_ENDPOINT" "$(secret minio_root_user)" "$(secret minio_root_password)"

buckets=''
objects=''
for bucket in $S3_BUCKETS; do
  mc --quiet mb --ignore-existing "store/$bucket"
  buckets="$buckets${buckets:+, }\"arn:aws:s3:::$bucket\""
  objects="$objects${objects:+, }\"arn:aws:s3:::$bucket/*\""
done

policy=$HOME/millrace-policy.json
cat > "$policy" <<JSON
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListenBucketNotification"],
      "Resource": [$buckets]
    },
    {
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      "Resource": [$objects]
    }
  ]
}
JSON
mc --quiet admin policy create store millrace "$policy"
mc --quiet admin user add store "$S3_ACCESS_KEY" "$(secret s3_secret_key)"
# To attach what is attached already is an error to mc.
case $(mc admin policy entities store --user "$S3_ACCESS_KEY") in
  *millrace*millrace*) ;;
  *) mc --quiet admin policy attach store millrace --user "$S3_ACCESS_KEY" ;;
esac
