import type { StatusReply } from '../../../src/serve/contract.ts';
import { STATUS, useAnswer } from '../app/answers.ts';
import { useReader } from '../app/reader.tsx';
import { NO_LICENCE } from '../app/shell.tsx';

/** Where the data come from, what is made of them, and how to read it. */
export function About() {
  const { t } = useReader();
  const sources = useAnswer<StatusReply>(STATUS)?.sources ?? [];
  return (
    <article className="card prose">
      <h1>{t('web.nav.about')}</h1>
      <p>{t('web.about.what')}</p>
      <h2>{t('web.about.range')}</h2>
      <p>{t('web.about.range.how')}</p>
      <h2>{t('web.about.age')}</h2>
      <p>{t('web.about.age.how')}</p>
      <h2>{t('web.about.sources')}</h2>
      <ul>
        {sources.map(({ id, attribution: { text, licence } }) => (
          <li key={id}>
            {text}
            {licence !== NO_LICENCE && ` (${licence})`}
          </li>
        ))}
      </ul>
      <h2>{t('web.api')}</h2>
      <p>
        {t('web.about.api')} <a href="/docs">/docs</a>
      </p>
    </article>
  );
}
