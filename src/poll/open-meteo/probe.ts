import { asHarmattanError } from '../../core/errors.ts';
import { type Instant, MINUTE_MS, toRfc3339 } from '../../core/time.ts';
import type { ProbeFinding } from '../source.ts';
import type { OpenMeteoOptions } from './config.ts';
import { isRunStale, type ModelRun, metadataFolder } from './model-run.ts';

/** Whether the provider answers and takes the key. */
export async function answerFinding(call: () => Promise<unknown>, options: OpenMeteoOptions): Promise<ProbeFinding> {
  const how = options.key === null ? 'without a key' : 'with the key';
  try {
    await call();
    return { ok: true, finding: `Open-Meteo answers ${how}.`, code: null, cure: null };
  } catch (error) {
    const failure = asHarmattanError(error, 'HMT_POLL_UNREACHABLE');
    return {
      ok: false,
      finding: `Open-Meteo does not answer ${how}: ${failure.message}`,
      code: failure.code,
      cure: failure.cure,
    };
  }
}

/** One line per named model: whether its run time can be read and is as young as it should be. */
export async function runFindings(
  models: readonly string[],
  newest: (model: string) => Promise<ModelRun | null>,
  now: Instant,
): Promise<readonly ProbeFinding[]> {
  const findings: ProbeFinding[] = [];
  for (const model of models) {
    if (metadataFolder(model) === null) continue;
    const run = await newest(model);
    findings.push(run ? ageFinding(model, run, now) : unknownFinding(model));
  }
  return findings;
}

function ageFinding(model: string, run: ModelRun, now: Instant): ProbeFinding {
  const stale = isRunStale(run, now);
  const every = `${Math.round(run.updateEveryMs / MINUTE_MS)} minutes`;
  return {
    ok: !stale,
    finding: `The newest run of ${model} is of ${toRfc3339(run.initialisedAt)}; one is due every ${every}.`,
    code: null,
    cure: stale
      ? 'Nothing to do; its slots are marked stale until the model runs again. Or choose another model.'
      : null,
  };
}

const unknownFinding = (model: string): ProbeFinding => ({
  ok: false,
  finding: `The run time of ${model} cannot be read, so a model that stopped would not be noticed.`,
  code: null,
  cure: 'Check the spelling of openMeteo.models; a blend such as "best_match" has no run time and is not asked for one.',
});
