import type { PlaceReply } from '../../../src/serve/contract.ts';
import type { ScorecardReply } from '../../../src/serve/scorecard-contract.ts';
import { PLACES, useAnswer } from '../app/answers.ts';
import { useChartTexts } from '../app/chart-texts.ts';
import { type TextId, useReader } from '../app/reader.tsx';
import { LeadChart } from '../chart/lead-chart.tsx';
import { LeadMap } from '../chart/lead-map.tsx';
import { ReliabilityChart } from '../chart/reliability-chart.tsx';
import { placeIn, scorecardPath } from './reliability-asks.ts';
import { ByRegion, Calibration, Experts, SkillByLead } from './score-parts.tsx';

/** Forecasts of who knows nothing better. */
const REFERENCES = {
  persistence: 'web.reliability.persistence',
  yesterday: 'web.reliability.yesterday',
  climatology: 'web.reliability.climatology',
} as const satisfies Record<string, TextId>;

/** Were the forecasts right? Error by lead beside the simple forecasts, kept promises, and hours of the day. */
export function Reliability() {
  const { t, href, language, search } = useReader();
  const id = placeIn(search);
  const places = useAnswer<{ items: PlaceReply[] }>(PLACES)?.items ?? [];
  const card = useAnswer<ScorecardReply>(scorecardPath(id));
  return (
    <div className="overview">
      <h1>{t('web.reliability')}</h1>
      <form className="controls" method="get" action={href('fiabilite')}>
        <label htmlFor="place-choice">{t('web.region.choose')}</label>
        <select id="place-choice" name="place" defaultValue={id}>
          {places.map(({ id, names }) => (
            <option key={id} value={id}>
              {names[language]}
            </option>
          ))}
        </select>
        <button type="submit">{t('web.region.go')}</button>
      </form>
      {card && card.overall.n > 0 ? <Scores card={card} /> : <p className="card">{t('web.reliability.none')}</p>}
      <ByRegion />
    </div>
  );
}

function Scores({ card }: { readonly card: ScorecardReply }) {
  const { overall, byLead, hourByLead } = card;
  const { t, format } = useReader();
  const texts = useChartTexts();
  const degrees = (value: number) => format.quantity(value, 'celsius', 2);
  const share = (value: number) => format.share(value);
  const promises = (
    [
      [0.5, overall.coverage50],
      [0.8, overall.coverage80],
      [0.9, overall.coverage90],
    ] as const
  ).flatMap(([promised, observed]) => (observed === null ? [] : [{ promised, observed }]));
  const leads = [...new Set(hourByLead.map(({ fromLead }) => fromLead))].sort((a, b) => a - b);
  const referenceWord = (id: string) => (id in REFERENCES ? t(REFERENCES[id as keyof typeof REFERENCES]) : id);
  const leadWord = (hours: number) => `${format.number(hours)}\u00a0h`;
  return (
    <>
      <p className="truth">
        {overall.coverage80 !== null && t('web.reliability.kept', { times: Math.round(overall.coverage80 * 100) })}{' '}
        {overall.maeC !== null && t('web.reliability.error', { value: degrees(overall.maeC), count: overall.n })}{' '}
        {overall.verdict &&
          t(`web.reliability.verdict.${overall.verdict.verdict}`, { name: referenceWord(overall.verdict.against) })}
      </p>
      <section className="card">
        <h2>{t('web.reliability.lead')}</h2>
        <LeadChart
          id="lead"
          name={t('web.reliability.lead')}
          finding={t('web.reliability.lead.meaning')}
          texts={texts}
          leads={byLead.map(({ leadHours }) => leadHours)}
          series={[
            { name: t('web.reliability.ours'), values: byLead.map(({ maeC }) => maeC) },
            { name: t('web.reliability.persistence'), values: byLead.map(({ persistence }) => persistence.maeC) },
            { name: t('web.reliability.yesterday'), values: byLead.map(({ yesterday }) => yesterday.maeC) },
          ]}
          ticks={byLead
            .filter(({ leadHours }) => leadHours % 12 === 0)
            .map(({ leadHours }) => ({ at: leadHours, label: leadWord(leadHours) }))}
          column={t('web.reliability.ahead')}
          format={{ lead: leadWord, value: degrees, tick: (value) => format.number(value, 1) }}
        />
      </section>
      <SkillByLead byLead={byLead} />
      <section className="card">
        <h2>{t('web.reliability.promise')}</h2>
        <ReliabilityChart
          id="promise"
          name={t('web.reliability.promise')}
          finding={t('web.reliability.promise.meaning')}
          texts={texts}
          points={promises}
          columns={{ promised: t('web.reliability.promised'), observed: t('web.reliability.observed') }}
          perfectWord={t('web.reliability.perfect')}
          format={share}
        />
      </section>
      <Calibration calibration={card.calibration} />
      <section className="card">
        <h2>{t('web.reliability.hours')}</h2>
        <LeadMap
          id="hours"
          name={t('web.reliability.hours')}
          finding={t('web.reliability.hours.meaning')}
          texts={texts}
          rowNames={leads.map((from) => {
            const cell = hourByLead.find(({ fromLead }) => fromLead === from);
            return `${format.number(from)}–${leadWord(cell?.toLead ?? from)}`;
          })}
          columnNames={Array.from({ length: 24 }, (_, hour) => leadWord(hour))}
          cells={hourByLead.map(({ hour, fromLead, maeC }) => ({
            row: leads.indexOf(fromLead),
            column: hour,
            value: maeC,
          }))}
          corner={t('web.reliability.ahead')}
          format={degrees}
        />
      </section>
      <Experts experts={card.experts} />
    </>
  );
}
