import type { OperationsProps, OperationsTextId } from './operations-reader.ts';

const LINKS: readonly { readonly path: string; readonly word: OperationsTextId }[] = [
  { path: '', word: 'operations.nav.overview' },
  { path: 'journaux', word: 'operations.nav.logs' },
  { path: 'messages', word: 'operations.nav.messages' },
  { path: 'alertes', word: 'operations.nav.alerts' },
];

/** The operations pages among themselves. */
export function OperationsNav({ reader, current }: OperationsProps & { readonly current: string }) {
  const { t, href } = reader;
  return (
    <nav className="tabs" aria-label={t('operations.nav')}>
      {LINKS.map(({ path, word }) => (
        <a
          key={path}
          href={href(path === '' ? 'exploitation' : `exploitation/${path}`)}
          aria-current={path === current ? 'page' : undefined}
        >
          {t(word)}
        </a>
      ))}
    </nav>
  );
}
