import { z } from 'zod';

/** The reply of `/api/v1/places/{id}/scorecard`. Errors are forecast − observed; numbers have four digits. `null`: nothing to score. */

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.', pattern: undefined });
const number = z.number().nullable();
const text = z.string();

const reference = z.object({
  n: z.int(),
  maeC: number,
  skill: number.describe('1 − MAE of the forecast / MAE of the reference, on the same pairs.'),
});
const band = z.object({ low: z.number(), high: z.number() }).nullable();

const skill = z.object({
  n: z.int(),
  maeC: number,
  maeBandC: band.describe('90 % band of the MAE by a block bootstrap over 48 h; null for too little data.'),
  biasC: number,
  rmseC: number,
  crpsC: number,
  coverage50: number,
  coverage80: number,
  coverage80Band: band.describe('90 % band of the coverage, in the same way.'),
  coverage90: number,
  within1C: number.describe('Share of errors of at most 1 °C.'),
  within2C: number,
  persistence: reference,
  yesterday: reference,
  references: z
    .array(
      z.object({
        id: text.describe(
          '`persistence`, `yesterday`, `climatology`, or `provider:<source>`: the provider’s own forecast.',
        ),
        n: z.int(),
        maeC: z.number(),
        forecastMaeC: z.number(),
        skill: number,
      }),
    )
    .readonly(),
  verdict: z
    .object({
      verdict: z.enum(['better', 'tie', 'worse']),
      against: text,
      statistic: z.number().describe('Diebold–Mariano; negative: the forecast errs less.'),
      n: z.int(),
    })
    .nullable()
    .describe('Against the best of persistence, yesterday and climatology, two-sided at 10 %.'),
});

const calibration = z.object({
  n: z.int(),
  pit: z
    .array(z.number())
    .readonly()
    .describe('Share of observations in each of the 20 gaps between the levels; 0.05 is true.'),
  pinball: z.array(z.object({ level: z.number(), lossC: z.number() })).readonly(),
  intervalScore50C: number,
  intervalScore80C: number,
  intervalScore90C: number,
  width80C: number.describe('Mean width of the 80 % band.'),
});

export const scorecardReply = z.object({
  placeId: text,
  from: instant,
  to: instant,
  model: text.nullable(),
  verifiedBy: z
    .enum(['observation', 'analysis'])
    .nullable()
    .describe('An analysis is not an observation: where it verifies, nothing is verified by observation.'),
  toleranceMinutes: z.number(),
  issues: z.int(),
  tiers: z.record(text, z.int()).describe('Issues by how much history they had.'),
  experts: z
    .array(z.object({ leadHours: z.int(), weights: z.record(text, z.number()) }))
    .readonly()
    .describe('How much each forecast in the place’s memory weighs at a lead where all of them speak; together 1.'),
  sensor: z.object({
    clock: z
      .object({ aheadHours: z.int(), foundAt: instant })
      .nullable()
      .describe(
        'A sensor whose day has moved by an hour: how far ahead its clock seems to be, and when that was found.',
      ),
    doubted: z
      .array(z.object({ from: instant, to: instant, temperatureC: z.number() }))
      .readonly()
      .describe(
        'Readings that the forecast kept out as spikes, stuck or of another unit: the newest ten spans of one value.',
      ),
  }),
  overall: skill,
  byLead: z.array(skill.extend({ leadHours: z.number() })).readonly(),
  calibration,
  hourByLead: z
    .array(
      z.object({
        hour: z.int().describe('Hour of the forecast’s instant, UTC.'),
        fromLead: z.int(),
        toLead: z.int(),
        n: z.int(),
        maeC: z.number(),
        biasC: z.number(),
      }),
    )
    .readonly(),
  stability: z.object({
    n: z.int(),
    flipFlopC: number.describe('Flip-flop index: how much consecutive forecasts of one hour go back and forth.'),
    meanChangeC: number,
  }),
});

/** Every place at a glance: the reply of `/api/v1/scorecards`. */
export const scorecardsReply = z.object({
  days: z.int(),
  items: z
    .array(
      z.object({
        placeId: text,
        ...skill.pick({
          n: true,
          maeC: true,
          biasC: true,
          coverage80: true,
          persistence: true,
          yesterday: true,
          verdict: true,
        }).shape,
      }),
    )
    .readonly(),
});

export type ScorecardsReply = z.infer<typeof scorecardsReply>;
export type ScorecardReply = z.infer<typeof scorecardReply>;
