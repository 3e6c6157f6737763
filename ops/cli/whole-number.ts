/** An option that counts something. */
import { MillraceError } from '../../connectors/ports/index.ts';

/** @throws MillraceError MILL_CONFIG_INVALID that names the option */
export function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isSafeInteger(number) || number < 0) throw new MillraceError('MILL_CONFIG_INVALID', `${option} takes a whole number, not "${value}"`);
  return number;
}
