import { z } from 'zod';
import type { PageChoices } from '../page-contract.ts';

const choices = z.object({
  theme: z.enum(['auto', 'light', 'dark']).catch('auto'),
  temperature: z.enum(['celsius', 'fahrenheit']).catch('celsius'),
  wind: z.enum(['kilometresPerHour', 'metresPerSecond', 'knots', 'milesPerHour']).catch('kilometresPerHour'),
});

const COOKIE = 'display';

/** What a form sent or a cookie kept; anything else is the default. */
export const choicesIn = (values: Readonly<Record<string, unknown>>): PageChoices => choices.parse(values);

/** The reader's choices from a Cookie header. */
export function choicesOf(header: string | undefined): PageChoices {
  const value = header
    ?.split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(`${COOKIE}=`))
    ?.slice(COOKIE.length + 1);
  return choicesIn(Object.fromEntries(new URLSearchParams((value ?? '').replaceAll('.', '&').replaceAll(':', '='))));
}

/** A year, for this site alone. */
export const choicesCookie = (chosen: PageChoices): string =>
  `${COOKIE}=${Object.entries(chosen)
    .map(([name, value]) => `${name}:${value}`)
    .join('.')}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly`;
