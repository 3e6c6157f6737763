/** The table of settings as Markdown, for docs/configuration.md. */
import { PATHS, rowOf, splitPath, type SettingPath } from './config.ts';
import { asText } from './explain.ts';
import { GROUPS } from './settings.ts';

export function configurationReference(): string {
  const sections = [section('The instance', null), ...Object.entries(GROUPS).map(([group, title]) => section(title, group))];
  return sections.join('\n\n');
}

function section(title: string, group: string | null): string {
  const rows = PATHS.filter((path) => splitPath(path)[0] === group).map(row);
  return [`### ${title}`, '', '| setting | variable | value | default | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function row(path: SettingPath): string {
  const { variable, option, kind, secret, notInFile, defaultText, default: value, description } = rowOf(path);
  const places = [`\`${variable}\``, ...(secret === true ? [`or \`${variable}_FILE\``] : []), ...(option === undefined ? [] : [`or \`${option}\``])];
  const name = secret === true ? `\`${path}\` (secret: not in the file)` : notInFile === undefined ? `\`${path}\`` : `\`${path}\` (not in the file)`;
  const shown = defaultText ?? (value === undefined ? '' : `\`${asText(value)}\``);
  return `| ${[name, places.join(' '), kind.expects, shown, description].join(' | ')} |`;
}
