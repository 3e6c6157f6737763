/** The evaluation as a table for a terminal, with every miss below it. */
import { reached, type Measure } from './measures.ts';

function format(value: number, unit: Measure['unit']): string {
  return unit === 'ms' ? `${Math.round(value)} ms` : `${(100 * value).toFixed(1)} %`;
}

export function renderReport(measures: readonly Measure[]): string {
  const rows = measures.map((measure) => [
    measure.name,
    format(measure.value, measure.unit),
    measure.floor === null ? '' : `${measure.floor.kind === 'least' ? 'at least' : 'at most'} ${format(measure.floor.value, measure.unit)}`,
    measure.floor === null ? '' : reached(measure) ? 'reached' : 'MISSED',
    measure.over,
  ]);
  const header = ['measure', 'value', 'floor', '', 'over'];
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd();
  const misses = measures.flatMap(({ name, misses: list }) => list.map((miss) => `  ${name}: ${miss}`));
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line), ...(misses.length > 0 ? ['', 'Misses', ...misses] : [])].join('\n');
}
