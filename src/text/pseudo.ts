import type { CompiledMessage } from '@lingui/message-utils/compileMessage';
import type { Catalogue } from './texts.ts';

const ACCENTED: Readonly<Record<string, string>> = {
  a: 'á',
  c: 'ç',
  d: 'ď',
  e: 'ē',
  g: 'ğ',
  i: 'ï',
  l: 'ł',
  n: 'ñ',
  o: 'ø',
  r: 'ř',
  s: 'š',
  t: 'ŧ',
  u: 'ū',
  y: 'ÿ',
  z: 'ž',
  A: 'Å',
  C: 'Ç',
  D: 'Đ',
  E: 'Ē',
  G: 'Ğ',
  I: 'Ï',
  L: 'Ł',
  N: 'Ñ',
  O: 'Ø',
  R: 'Ř',
  S: 'Š',
  T: 'Ŧ',
  U: 'Ū',
  Y: 'Ÿ',
  Z: 'Ž',
};

/**
 * A catalogue in a language that nobody speaks: every text in brackets and odd letters, every value as it was. What a
 * page shows without brackets in it was never taken out of the code.
 */
export function pseudoCatalogue<Id extends string>(catalogue: Catalogue<Id>): Catalogue<Id> {
  const entries = Object.entries(catalogue).map(([id, message]) => [
    id,
    ['⟦', ...pseudoTokens(message as CompiledMessage), '⟧'],
  ]);
  return Object.fromEntries(entries) as Catalogue<Id>;
}

function pseudoTokens(tokens: CompiledMessage): CompiledMessage {
  return tokens.map((token) => {
    if (typeof token === 'string')
      return token === '#' ? token : [...token].map((one) => ACCENTED[one] ?? one).join('');
    const [name, type, format] = token;
    if (typeof format !== 'object' || format === null) return token;
    const choices = Object.entries(format).map(([choice, inner]) => [
      choice,
      Array.isArray(inner) ? pseudoTokens(inner) : inner,
    ]);
    return [name, type, Object.fromEntries(choices)] as CompiledMessage[number];
  });
}
