import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HarmattanError } from '../../core/errors.ts';
import type { BuiltPages, PageAssets } from '../page-contract.ts';

/** Where `npm run build` puts the pages. */
export const PAGES_FOLDER = fileURLToPath(new URL('../../../web/dist/', import.meta.url));

/** Parts of the script that only the operations pages load: they need the server. */
const OPERATIONS = /\boperations\b/;

type Manifest = Readonly<
  Record<string, { readonly file: string; readonly css?: readonly string[]; readonly imports?: readonly string[] }>
>;

export interface Pages {
  /** The folder of what browsers load; `null` when nothing is built. */
  readonly clientFolder: string | null;
  /** For the policy: the style sheets that stand in pages. */
  readonly styleHashes: readonly string[];
  /** Of a page that needs these files of the manifest besides the entry. */
  assets(files: readonly string[]): PageAssets;
  /** The service worker's script, with the files that public pages may need. */
  worker(): string;
  /** Loaded at the first page, so that a program that shows none does not carry it. @throws HMT_SERVE_PAGES_MISSING */
  load(): Promise<BuiltPages>;
}

export function builtPages(folder: string = PAGES_FOLDER): Pages {
  const manifestFile = join(folder, 'client', '.vite', 'manifest.json');
  const serverFile = join(folder, 'server', 'server.js');
  if (!existsSync(manifestFile) || !existsSync(serverFile)) {
    const missing = () => {
      throw new HarmattanError('HMT_SERVE_PAGES_MISSING');
    };
    return { clientFolder: null, styleHashes: [], assets: missing, worker: missing, load: async () => missing() };
  }
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;
  const entry = manifest['src/browser.tsx'];
  if (!entry) throw new HarmattanError('HMT_SERVE_PAGES_MISSING');
  const sheets = new Map(
    Object.values(manifest)
      .flatMap(({ css = [] }) => css)
      .map((file) => [file, readFileSync(join(folder, 'client', file), 'utf8')]),
  );
  const withImports = (name: string): readonly string[] => {
    const chunk = manifest[name];
    return chunk ? [chunk.file, ...(chunk.imports ?? []).flatMap(withImports)] : [];
  };
  let loading: Promise<BuiltPages> | null = null;
  return {
    clientFolder: join(folder, 'client'),
    styleHashes: [...sheets.values()].map((text) => `sha256-${createHash('sha256').update(text).digest('base64')}`),
    assets: (files) => ({
      script: `/${entry.file}`,
      preloads: [...new Set(['src/browser.tsx', ...files].flatMap(withImports))]
        .filter((file) => file !== entry.file)
        .map((file) => `/${file}`),
      styles: ['src/browser.tsx', ...files]
        .flatMap((name) => manifest[name]?.css ?? [])
        .map((file) => sheets.get(file) ?? ''),
    }),
    worker: () => {
      const script = readFileSync(join(folder, 'worker', 'worker.js'), 'utf8');
      const files = Object.entries(manifest).flatMap(([name, { file }]) => (OPERATIONS.test(name) ? [] : [`/${file}`]));
      return `const FILES = ${JSON.stringify([...files, '/icon.svg'])};\n${script}`;
    },
    load: () => {
      loading ??= import(pathToFileURL(serverFile).href) as Promise<BuiltPages>;
      return loading;
    },
  };
}
