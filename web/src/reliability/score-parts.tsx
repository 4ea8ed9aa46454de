import type { PlaceReply } from '../../../src/serve/contract.ts';
import type { ScorecardReply, ScorecardsReply } from '../../../src/serve/scorecard-contract.ts';
import { PLACES, useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { useReader } from '../app/reader.tsx';
import { BarChart } from '../chart/bar-chart.tsx';
import { LeadChart } from '../chart/lead-chart.tsx';
import { SCORECARDS } from './reliability-asks.ts';

/** How much smaller the error is than that of who knows nothing better, by lead. */
export function SkillByLead({ byLead }: Pick<ScorecardReply, 'byLead'>) {
  const { t, format } = useReader();
  const texts = useChartTexts();
  const leadWord = (hours: number) => `${format.number(hours)}\u00a0h`;
  const skillsOf = (id: string) =>
    byLead.map(({ references }) => references.find((one) => one.id === id)?.skill ?? null);
  const series = [
    { name: t('web.reliability.persistence'), values: skillsOf('persistence') },
    { name: t('web.reliability.yesterday'), values: skillsOf('yesterday') },
    { name: t('web.reliability.climatology'), values: skillsOf('climatology') },
  ].filter(({ values }) => values.some((value) => value !== null));
  return (
    <section className="card">
      <h2>{t('web.reliability.skill')}</h2>
      <LeadChart
        id="skill"
        name={t('web.reliability.skill')}
        finding={t('web.reliability.skill.meaning')}
        texts={texts}
        leads={byLead.map(({ leadHours }) => leadHours)}
        series={series}
        ticks={byLead
          .filter(({ leadHours }) => leadHours % 12 === 0)
          .map(({ leadHours }) => ({ at: leadHours, label: leadWord(leadHours) }))}
        column={t('web.reliability.ahead')}
        format={{ lead: leadWord, value: (value) => format.share(value), tick: (value) => format.share(value) }}
      />
    </section>
  );
}

/** Where the measurements fell among the forecast's twenty parts: level is true. */
export function Calibration({ calibration: { pit, width80C, n } }: Pick<ScorecardReply, 'calibration'>) {
  const { t, format } = useReader();
  const texts = useChartTexts();
  if (n === 0) return null;
  const share = (part: number) => format.share(part / pit.length);
  return (
    <section className="card">
      <h2>{t('web.reliability.pit')}</h2>
      <BarChart
        id="pit"
        name={t('web.reliability.pit')}
        finding={`${t('web.reliability.pit.meaning')} ${
          width80C === null ? '' : t('web.reliability.width', { value: format.quantity(width80C, 'celsius', 1) })
        }`}
        texts={texts}
        parts={[{ mark: 's-arrived', word: t('web.reliability.observed') }]}
        bars={pit.map((value, index) => ({ from: index, to: index + 1, values: [value] }))}
        target={{ value: 1 / pit.length, word: t('web.reliability.perfect') }}
        ticks={[0, 5, 10, 15].map((at) => ({ at, label: share(at) }))}
        column={t('web.reliability.promised')}
        format={{ stretch: (from, to) => `${share(from)}–${share(to)}`, value: (value) => format.share(value, 1) }}
      />
    </section>
  );
}

const MOST_ROWS = 8;
const LEAST_WEIGHT = 0.005;

/** How much each forecast in the place's memory weighs. */
export function Experts({ experts }: Pick<ScorecardReply, 'experts'>) {
  const { t, format } = useReader();
  const names = [...new Set(experts.flatMap(({ weights }) => Object.keys(weights)))].filter((name) =>
    experts.some(({ weights }) => (weights[name] ?? 0) >= LEAST_WEIGHT),
  );
  if (names.length === 0) return null;
  const every = Math.max(1, Math.ceil(experts.length / MOST_ROWS));
  return (
    <section className="card">
      <h2>{t('web.reliability.experts')}</h2>
      <p>{t('web.reliability.experts.meaning')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard. */}
      <section className="scrolls" aria-label={t('web.reliability.experts')} tabIndex={0}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t('web.reliability.ahead')}</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {experts
              .filter((_, index) => index % every === 0)
              .map(({ leadHours, weights }) => (
                <tr key={leadHours}>
                  <th scope="row">{`${format.number(leadHours)}\u00a0h`}</th>
                  {names.map((name) => (
                    <td key={name}>{weights[name] === undefined ? t('web.none') : format.share(weights[name])}</td>
                  ))}
                </tr>
              ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

/** Every region beside the others, over a week. */
export function ByRegion() {
  const { t, format, language, href } = useReader();
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const cards = useAnswer<ScorecardsReply>(SCORECARDS);
  const share = (value: number | null) => (value === null ? t('web.none') : format.share(value));
  return (
    <section className="card">
      <h2>{t('web.reliability.regions')}</h2>
      {cards === null ? (
        <p>{t('web.loading')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard.
        <section className="scrolls" aria-label={t('web.reliability.regions')} tabIndex={0}>
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">{t('web.region.choose')}</th>
                <th scope="col">{t('web.reliability.mean-error')}</th>
                <th scope="col">{t('web.reliability.within')}</th>
                <th scope="col">{t('web.reliability.against', { name: t('web.reliability.persistence') })}</th>
                <th scope="col">{t('web.reliability.against', { name: t('web.reliability.yesterday') })}</th>
              </tr>
            </thead>
            <tbody>
              {cards.items.map(({ placeId, maeC, coverage80, persistence, yesterday }) => (
                <tr key={placeId}>
                  <th scope="row">
                    <a href={`${href('fiabilite')}?place=${placeId}`}>
                      {places.find(({ id }) => id === placeId)?.names[language] ?? placeId}
                    </a>
                  </th>
                  <td>{maeC === null ? t('web.none') : format.quantity(maeC, 'celsius', 2)}</td>
                  <td>{share(coverage80)}</td>
                  <td>{share(persistence.skill)}</td>
                  <td>{share(yesterday.skill)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
