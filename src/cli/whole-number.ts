import { HarmattanError } from '../core/errors.ts';

/** The whole number of `[min, max]` that a flag's text says. @throws HarmattanError HMT_CLI_USAGE */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new HarmattanError('HMT_CLI_USAGE', {
      detail: `${flag} must be a whole number between ${min} and ${max}.`,
      field: flag,
    });
  return value;
}
