import type { ReactNode } from 'react';
import type { StatusReply } from '../../../src/serve/contract.ts';
import { STATUS, useAnswer } from './answers.ts';
import { Choices } from './choices.tsx';
import { useLive } from './live.ts';
import { useNow } from './now.tsx';
import { type TextId, useReader } from './reader.tsx';

/** The links of the navigation; the language stands before each. */
const LINKS: readonly { readonly path: string; readonly word: TextId }[] = [
  { path: '', word: 'web.nav.overview' },
  { path: 'carte', word: 'web.nav.map' },
  { path: 'fiabilite', word: 'web.nav.reliability' },
  { path: 'exploitation', word: 'web.nav.operations' },
  { path: 'a-propos', word: 'web.nav.about' },
];

/** What stands around every page: skip link, navigation, choices, notices, landmarks, sources. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { t, href, path } = useReader();
  const status = useAnswer<StatusReply>(STATUS);
  return (
    <>
      <a className="skip" href="#content">
        {t('web.skip')}
      </a>
      <header className="bar">
        <a className="brand" href={href('')}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          harmattan
        </a>
        <nav aria-label={t('web.nav.name')}>
          <ul>
            {LINKS.map((link) => (
              <li key={link.path}>
                <a href={href(link.path)} aria-current={link.path === path ? 'page' : undefined}>
                  {t(link.word)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Choices />
      </header>
      <Notices status={status} />
      <main id="content">{children}</main>
      <Sources status={status} />
    </>
  );
}

function Notices({ status }: { readonly status: StatusReply | null }) {
  const { t, language, format } = useReader();
  const { state, failure } = useLive();
  const now = useNow();
  const at = status ? Date.parse(status.at) : now;
  return (
    <>
      {status?.simulated && (
        <div className="note" role="note">
          <p>
            <b>{t('web.simulated')}</b> {status.notice ? status.notice[language] : t('web.simulated.why')}
          </p>
        </div>
      )}
      {!status?.simulated && status?.notice && (
        <div className="note" role="note">
          <p>{status.notice[language]}</p>
        </div>
      )}
      <div role="status">
        {(state === 'offline' || failure) && (
          <div className="note">
            <p>
              {failure ? (
                <>
                  <b>{t('web.unreachable')}</b>, {t('web.unreachable.again')} <span className="muted">({failure})</span>
                </>
              ) : (
                <b>{t('web.offline')}</b>
              )}{' '}
              · {t('web.offline.data', { time: format.clock(at) })}{' '}
              <button type="button" onClick={() => window.dispatchEvent(new Event('ask-again'))}>
                {t('web.again')}
              </button>
            </p>
          </div>
        )}
      </div>
    </>
  );
}

const SAFE_LINK = /^https?:\/\//;
/** What nobody owns, as invented readings, has this for a licence. */
export const NO_LICENCE = 'none';

function Sources({ status }: { readonly status: StatusReply | null }) {
  const { t } = useReader();
  return (
    <footer className="foot">
      {status?.sources.map(({ id, attribution: { text, url, licence } }) => (
        <span key={id}>
          {t('web.source')} {SAFE_LINK.test(url) ? <a href={url}>{text}</a> : text}
          {licence !== NO_LICENCE && ` (${licence})`}
        </span>
      ))}
      <a href="/docs">{t('web.api')}</a>
      {status && <span>harmattan {status.version}</span>}
    </footer>
  );
}
