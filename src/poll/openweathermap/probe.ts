import { asHarmattanError, type HarmattanError } from '../../core/errors.ts';
import type { ProbeFinding, SourceContext } from '../source.ts';
import type { Client, Question } from './client.ts';
import type { OpenWeatherMapOptions } from './config.ts';
import type { Product } from './request.ts';

/** Where the probe asks for the weather; any place would do. */
const GREENWICH = { latitude: 51.48, longitude: 0 };

const NAMES: Readonly<Record<Product, string>> = {
  '2.5': '2.5 (present weather)',
  '3.0': 'One Call 3.0',
  '4.0': 'One Call 4.0',
};

/**
 * Asks each product once. A refusal costs nothing, an answer one call, so the whole probe costs at most one call of 2.5
 * and two of the daily ones. A product that is not the configured one and is not open is no fault.
 */
export async function probeProducts(
  client: Client,
  options: OpenWeatherMapOptions,
  context: SourceContext,
): Promise<readonly ProbeFinding[]> {
  const now = context.clock.now();
  const questions: readonly Question[] = [
    { product: '2.5', url: (to) => to.weather(GREENWICH), forecastFrom: now },
    { product: '3.0', url: (to) => to.timemachine(GREENWICH, now), forecastFrom: now },
    { product: '4.0', url: (to) => to.current(GREENWICH), forecastFrom: now },
  ];
  const failures = new Map<Product, HarmattanError>();
  for (const question of questions) {
    try {
      await client.ask(question, context);
    } catch (error) {
      failures.set(question.product, asHarmattanError(error, 'HMT_POLL_UNREACHABLE'));
    }
  }
  const open = questions.map(({ product }) => product).filter((product) => !failures.has(product));
  return questions.map(({ product }) => findingOf(product, failures.get(product) ?? null, open, options));
}

function findingOf(
  product: Product,
  failure: HarmattanError | null,
  open: readonly Product[],
  options: OpenWeatherMapOptions,
): ProbeFinding {
  const wanted = options.product === 'auto' ? open.length === 0 : options.product === product;
  if (!failure) return { ok: true, finding: `The key opens ${NAMES[product]}.`, code: null, cure: null };
  // Asked before another product took the key, a refusal could not yet be told from that of a wrong key.
  const refused = failure.code === 'HMT_POLL_KEY_REFUSED' || failure.code === 'HMT_POLL_KEY_INACTIVE';
  const code = refused && open.length > 0 ? 'HMT_POLL_NOT_SUBSCRIBED' : failure.code;
  const other =
    wanted && open[0] !== undefined ? ` The key opens ${open.join(' and ')}: set openweathermap.product.` : '';
  return {
    ok: !wanted,
    finding: `${sentences[code] ?? `${NAMES[product]} could not be asked: ${failure.message}`}`.replace(
      '%',
      NAMES[product],
    ),
    code,
    cure: `${cures[code] ?? failure.cure}${other}`,
  };
}

const sentences: Readonly<Partial<Record<string, string>>> = {
  HMT_POLL_NOT_SUBSCRIBED: 'The key is good but does not open %.',
  HMT_POLL_KEY_REFUSED: '% does not know this key.',
  HMT_POLL_KEY_INACTIVE: '% does not know this key: it is mistyped, or newer than two hours; the answer is the same.',
  HMT_POLL_RATE_LIMITED: '% answers that its limit is used up, so whether the key opens it is not known.',
};

const cures: Readonly<Partial<Record<string, string>>> = {
  HMT_POLL_NOT_SUBSCRIBED:
    'Subscribe to it in the account; it opens within two hours. A keyless source (open-meteo) needs nothing.',
  HMT_POLL_KEY_INACTIVE: "Compare the key with the provider's account page; if it is right and new, wait two hours.",
};
