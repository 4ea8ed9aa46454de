import type { StatusReply } from '../../../src/serve/contract.ts';
import type { OperationsProps, OperationsReader, OperationsTextId } from './operations-reader.ts';

type Stage = StatusReply['stages'][number];
type Source = StatusReply['sources'][number];

const STAGE_WORDS: Readonly<Record<string, OperationsTextId>> = {
  poll: 'operations.stage.poll',
  journal: 'operations.stage.journal',
  process: 'operations.stage.process',
  forecast: 'operations.stage.forecast',
  index: 'operations.stage.index',
  watch: 'operations.stage.watch',
  serve: 'operations.stage.serve',
};

export const stageWord = ({ t }: OperationsReader, name: string): string => {
  const id = STAGE_WORDS[name];
  return id === undefined ? name : t(id);
};

/** From the provider to the page: what waits where, for how long, and when each stage last got on. */
export function StagePanel({ reader, stages }: OperationsProps & { readonly stages: readonly Stage[] }) {
  const { t } = reader;
  return (
    <section className="card">
      <h2>{t('operations.stages')}</h2>
      <ol className="stages">
        {stages.map((stage) => (
          <li key={stage.name}>
            <h3>{stageWord(reader, stage.name)}</h3>
            <p className="chip" data-state={stage.running ? 'fresh' : 'missing'}>
              {stage.running ? t('operations.stage.running') : t('operations.stage.stopped')}
            </p>
            <p>{lagOf(reader, stage)}</p>
            <p className="muted">
              {stage.lastSuccessAt === null
                ? t('operations.stage.never')
                : t('operations.stage.success', { time: reader.format.stamp(Date.parse(stage.lastSuccessAt)) })}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function lagOf({ t, format }: OperationsReader, { lagMessages, lagSeconds }: Stage): string {
  const parts = [
    ...(lagMessages === null ? [] : [t('operations.stage.lag', { count: lagMessages })]),
    ...(lagSeconds === null || lagSeconds < 60
      ? []
      : [t('operations.stage.behind', { duration: format.duration(lagSeconds * 1000) })]),
  ];
  return parts.length === 0 ? t('operations.none') : parts.join(', ');
}

/** What may still be asked of each provider. */
export function QuotaPanel({ reader, sources }: OperationsProps & { readonly sources: readonly Source[] }) {
  const { t, format } = reader;
  return (
    <section className="card">
      <h2>{t('operations.quota')}</h2>
      {sources.length === 0 && <p>{t('operations.quota.nosource')}</p>}
      {sources.map(({ id, quota }) => (
        <div key={id} className="quota">
          <h3>{id}</h3>
          {quota.length === 0 && <p>{t('operations.quota.none')}</p>}
          {quota.map((use) => {
            const sentence = t('operations.quota.use', {
              used: format.number(use.used),
              limit: format.number(use.limit),
              window: t(`operations.quota.${use.window}`),
              time: format.stamp(Date.parse(use.resetsAt)),
            });
            return (
              <p key={use.window}>
                <meter min={0} max={use.limit} high={use.limit * 0.8} value={use.used} aria-label={sentence} />
                {sentence}
              </p>
            );
          })}
        </div>
      ))}
    </section>
  );
}
