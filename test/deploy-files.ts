import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** One service of compose.yaml, as far as the tests need it. */
export interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly ports?: readonly string[];
  readonly depends_on?: unknown;
  readonly profiles?: readonly string[];
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export const deployFile = (name: string): string => readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');

/** compose.yaml as `docker compose` reads it: anchors and merges applied, `${NAME:-default}` filled in. */
export function compose(variables: Readonly<Record<string, string>> = {}): Compose {
  const text = deployFile('compose.yaml').replaceAll(
    /\$\{([A-Z_]+):-([^}]*)\}/g,
    (_, name: string, otherwise: string) => variables[name] ?? otherwise,
  );
  return parse(text, { merge: true }) as Compose;
}

/** The services that are harmattan itself, with what their containers are started with. */
export function ownServices({
  services,
}: Compose): readonly (readonly [string, Required<Pick<Service, 'command' | 'environment'>>])[] {
  return Object.entries(services).flatMap(([name, { image, command = [], environment = {} }]) =>
    image === 'harmattan' ? [[name, { command, environment }] as const] : [],
  );
}
