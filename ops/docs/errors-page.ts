/** docs/errors.md, from the catalogue in connectors/ports/errors.ts. */
import { ERROR_CODES, type ErrorKind } from '../../connectors/ports/index.ts';

const KINDS: Readonly<Record<ErrorKind, string>> = {
  config: 'Your command, configuration or machine: correct it and start again.',
  media: 'The input: the record goes to the dead-letter queue, processing goes on.',
  transient: 'Passing: retried in place with back-off, nothing is lost.',
  outage: 'A server or a disk that all work needs: the work waits, however long it lasts, and goes on by itself; nothing is lost.',
  state: 'Ownership or local state: the task closes dirty and starts anew, or the process refuses to start.',
  internal: 'A defect of a processor or of Millrace: the record goes to the dead-letter queue.',
};

export function errorsPage(): string {
  const lines = [
    '# Errors',
    '',
    'Every failure has a stable code, a message that names the thing, and a hint. This page is generated from',
    '`connectors/ports/errors.ts` by `npm run docs:generate`; a check holds the two together.',
  ];
  for (const [kind, meaning] of Object.entries(KINDS)) {
    lines.push('', `## ${kind}`, '', meaning, '', '| code | what to do |', '| --- | --- |');
    for (const [code, entry] of Object.entries(ERROR_CODES)) if (entry.kind === kind) lines.push(`| \`${code}\` | ${entry.hint} |`);
  }
  return `${lines.join('\n')}\n`;
}
