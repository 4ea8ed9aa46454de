import manifest from '../../package.json' with { type: 'json' };

/**
 * How the program names itself to a provider: `harmattan/0.1.0`, followed by the operator's `contact` where one is
 * configured, as MET Norway and others ask for (`harmattan/0.1.0 ops@example.org`).
 */
export function userAgent(contact: string | null): string {
  const name = `harmattan/${manifest.version}`;
  return contact === null || contact.trim() === '' ? name : `${name} ${contact.trim()}`;
}
