import { type Config, type SourceId, sourcePreference } from '../config/config.ts';
import type { Context } from '../core/context.ts';
import { silentMeter } from '../core/meter.ts';
import type { Transport, TransportReply } from '../core/transport.ts';
import { observationMessage } from '../journal/flat-record.ts';
import { metarSource } from '../poll/metar/source.ts';
import { openMeteoSource } from '../poll/open-meteo/source.ts';
import { openWeatherMapSource } from '../poll/openweathermap/source.ts';
import { replaySource } from '../poll/replay/source.ts';
import { simulatorSource } from '../poll/simulator/source.ts';
import type { FetchResult, Source } from '../poll/source.ts';
import type { BodyDecoder, KeptBody } from '../process/quarantine.ts';
import type { Workplace } from './workplace.ts';

/** The configured sources in order of preference; the demo has the simulator and nothing else. */
export async function configuredSources(config: Config, demo: boolean): Promise<readonly Source[]> {
  if (demo) return [simulatorSource(config.simulator)];
  return Promise.all(sourcePreference(config).map((id) => MAKERS[id](config)));
}

const MAKERS: Readonly<Record<Exclude<SourceId, 'none'>, (config: Config) => Source | Promise<Source>>> = {
  'open-meteo': ({ openMeteo }) => openMeteoSource(openMeteo),
  openweathermap: ({ openweathermap }) => openWeatherMapSource(openweathermap),
  metar: ({ metar }) => metarSource(metar),
  simulator: ({ simulator }) => simulatorSource(simulator),
  replay: ({ replay }) => replaySource(replay),
};

/**
 * Decodes a quarantined body again: the source that asked for it is given the kept bytes as the answer to the same
 * question. `null` when the source is not configured any more, or still cannot read it.
 */
export function bodyDecoder(workplace: Workplace): BodyDecoder {
  return async (kept) => {
    const sources = await configuredSources(workplace.config, workplace.demo);
    const source = sources.find(({ id }) => id === kept.source);
    if (!source) return null;
    const byId = new Map(workplace.places.map((place) => [place.id, place]));
    const places = kept.placeIds.flatMap((id) => byId.get(id) ?? []);
    const answer = await askWith(kept, source, places, workplace).catch(() => null);
    if (!answer) return null;
    return answer.readings.flatMap(({ observation, stale }) => {
      const place = byId.get(observation.placeId);
      return place
        ? [
            observationMessage({ ...observation, ...besideSlots(kept), receivedAt: kept.receivedAt }, place, {
              stale,
              backfill: kept.slotAts.length > 1,
            }),
          ]
        : [];
    });
  };
}

const besideSlots = ({ slotAts }: KeptBody) => (slotAts.length === 0 ? { slotAt: null } : {});

function askWith(
  kept: KeptBody,
  source: Source,
  places: Parameters<Source['fetch']>[0],
  workplace: Workplace,
): Promise<FetchResult | null> {
  const reply: TransportReply = { status: 200, headers: { 'content-type': 'application/json' }, body: kept.body };
  const transport: Transport = async () => reply;
  // The source must see the instant at which the body came: some judge an answer by its age.
  const clock = { now: () => kept.receivedAt, sleep: async () => {} };
  const context: Context = { clock, random: () => 0.5, logger: workplace.logger, meter: silentMeter };
  const asked = { ...context, transport, signal: new AbortController().signal };
  if (kept.slotAts.length > 1)
    return source.backfill ? source.backfill(places, kept.slotAts, asked) : Promise.resolve(null);
  // A witness was asked beside the slots: for what was newest when it answered.
  return source.fetch(places, kept.slotAts[0] ?? kept.receivedAt, asked);
}
