"""Publishes media events to Millrace, with a Kafka client and an Avro library and nothing of Millrace.

docs/producers.md is the contract that this follows. Needs Python 3.9 or newer:

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python produce.py --brokers localhost:9092 --registry http://localhost:8081 s3://footage/match.mp4
"""
import argparse
import base64
import hashlib
import io
import json
import os
import pathlib
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import fastavro
import kafka

SUBJECT = "millrace.media.AssetSubmitted"  # the full name of the record
SCHEMA_FILE = pathlib.Path(__file__).parents[2] / "schemas" / "asset-submitted.avsc"


def main():
    parser = argparse.ArgumentParser(description="Publish media events to Millrace.")
    parser.add_argument("sources", nargs="+", metavar="URI", help="file:///... or s3://bucket/key")
    parser.add_argument("--brokers", required=True, help="host:port,...")
    parser.add_argument("--registry", required=True, help="URL of the schema registry")
    parser.add_argument("--topic", default="media.assets")
    parser.add_argument("--library", default="default")
    parser.add_argument("--attribute", action="append", default=[], metavar="NAME=VALUE", help="searchable; may be repeated")
    parser.add_argument("--remove", action="store_true", help="take the assets away")
    options = parser.parse_args()

    producer = kafka.KafkaProducer(
        bootstrap_servers=options.brokers.split(","),
        enable_idempotence=True,  # a send that had to be repeated is stored once
        acks="all",
        # The default partitioner is Kafka's own, murmur2 of the key: so all events of an asset have one partition.
    )
    schema_id, schema = None, None
    if not options.remove:
        schema_id, schema = schema_of(options.registry)
    sent = []
    for uri in options.sources:
        asset_id = asset_id_of(options.library, uri)
        value = None  # a tombstone: the asset goes, with all that was derived from it
        if not options.remove:
            event = media_event(asset_id, uri, options.library, dict(pair.split("=", 1) for pair in options.attribute))
            value = to_wire_form(event, schema_id, schema)
        sent.append((asset_id, producer.send(options.topic, key=asset_id.encode(), value=value)))
    for asset_id, future in sent:
        stored = future.get(timeout=60)  # raises what went wrong
        print(json.dumps({"assetId": asset_id, "partition": stored.partition, "offset": stored.offset}))
    producer.close()


def asset_id_of(library, uri):
    """The same source of the same library is always the same asset, whoever submits it."""
    place = urllib.parse.unquote(urllib.parse.urlsplit(uri).path) if uri.startswith("file:") else uri
    return hashlib.sha256(f"{library}\0{place}".encode()).hexdigest()[:32]


def media_event(asset_id, uri, library, attributes):
    return {
        "eventId": str(uuid.uuid4()),  # a program that sends an event again keeps it, so that the repeat is dropped
        "assetId": asset_id,
        "library": library,
        "priority": "LIVE",
        "sourceUri": uri,
        "fileName": os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(uri).path)),
        "sizeBytes": None,
        "modifiedAtMs": None,
        "submittedAtMs": int(time.time() * 1000),
        "attributes": attributes,
    }


def to_wire_form(event, schema_id, schema):
    """Confluent's: a zero byte, the id of the schema, big-endian, and the Avro body."""
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema, event, strict_allow_default=True)
    return struct.pack(">bI", 0, schema_id) + body.getvalue()


def schema_of(registry):
    """The newest schema that the registry has; the one that lies beside this example, where it has none yet."""
    base = f"{registry.rstrip('/')}/subjects/{SUBJECT}/versions"
    try:
        newest = ask(f"{base}/latest")
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        text = json.dumps(json.loads(SCHEMA_FILE.read_text()))
        newest = {"id": ask(base, {"schema": text})["id"], "schema": text}
    return newest["id"], fastavro.parse_schema(json.loads(newest["schema"]))


def ask(url, body=None):
    parts = urllib.parse.urlsplit(url)
    headers = {"Accept": "application/vnd.schemaregistry.v1+json", "Content-Type": "application/vnd.schemaregistry.v1+json"}
    if parts.username is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        url = parts._replace(netloc=parts.netloc.rsplit("@", 1)[1]).geturl()
    request = urllib.request.Request(url, headers=headers, data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
