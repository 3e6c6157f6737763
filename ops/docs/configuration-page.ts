/** docs/configuration.md, from the table of settings and the example file. */
import { readFileSync } from 'node:fs';
import { configurationReference } from '../config/index.ts';
import { projectFile } from '../paths.ts';

export const configurationPage = (): string => `# Configuration

Millrace runs without any. What you set comes from one file, the environment and the command line. This page is generated
from the table in \`ops/config/settings.ts\` by \`npm run docs:generate\`; a check holds the two together.

\`\`\`sh
./millrace config explain            # every setting, its value, and where that comes from (--json for programs)
./millrace config check              # what is wrong with them, everything at once; exit code 2 when something is
\`\`\`

## Where a value comes from

The first of these that has it:

1. the command line (\`--data\`, \`--profile\`, and options of the command such as \`--metrics-port\`);
2. the environment; an empty variable counts as one that is not set;
3. the file: the one that \`--config\` names, else that of \`MILLRACE_CONFIG\`, else \`millrace.yaml\` in the working directory
   where there is one;
4. the local stack: servers that \`./millrace stack up\` keeps in the same data directory, as long as they are meant to
   run. A server is taken as a whole: who names an S3 endpoint names its keys too;
5. the default.

What an earlier source covers is checked all the same. A variable that begins with \`MILLRACE_\` and that nothing reads gets a
notice, since it may be a typing error; an unknown name in the file is an error.

## Secrets

Passwords and keys come from the environment, or from a file that \`<NAME>_FILE\` names, as Docker and Kubernetes mount them:
\`MILLRACE_S3_SECRET_KEY_FILE=/run/secrets/s3\`. One newline at the end of that file is not part of the secret. In
\`millrace.yaml\` they are refused, so that the file can be shared and kept under version control; so are user and password in
a URL. \`config explain\` and all messages mask them.

## The file

\`\`\`yaml
${readFileSync(projectFile('examples', 'millrace.yaml'), 'utf8').trimEnd()}
\`\`\`

(\`examples/millrace.yaml\`.) It is YAML 1.2, UTF-8, one document of at most 256 KiB.

- A setting \`group.name\` of the tables below is \`name\` under \`group:\`.
- Lists are written as YAML lists, or as text with commas between. Durations and sizes are plain numbers; the name has the
  unit (\`requestTimeoutMs\`).
- A setting without a value (\`endpoint:\`) counts as one that is not there.
- Relative paths begin at the folder of the file; in variables and options at the working directory. \`~/\` is your home.
- Anchors and aliases work; merge keys (\`<<\`) do not. A key that stands twice is an error.
- **Nothing in it is replaced**: \`\${NAME}\` is refused. Set the variable of that setting instead: it wins over the file.

## Profiles

\`embedded\` keeps log, schema registry, blobs and index in the data directory, and uses no server even where some are named.
\`cluster\` needs Kafka and a schema registry. Elasticsearch and the object store are each optional there: without them the
index and the blobs lie in the data directory, which serves one instance and not several. Where you chose \`cluster\` yourself
and one of them is missing, a notice says so.

## Settings

${configurationReference()}

## Other variables

| variable | meaning |
| --- | --- |
| \`MILLRACE_CONFIG\` | path of the file |
| \`MILLRACE_DEBUG\` | set to anything: errors are printed with their stack |
| \`NO_COLOR\` | set to anything: no colours |
| \`OTEL_SERVICE_NAME\`, \`OTEL_RESOURCE_ATTRIBUTES\`, \`OTEL_EXPORTER_OTLP_HEADERS\`, … | as OpenTelemetry defines them; see [telemetry.md](telemetry.md) |
`;
