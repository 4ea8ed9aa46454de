import { z } from 'zod';

/** Options of the simulated source (`simulator` in the configuration). */
export const simulatorOptions = z.strictObject({
  seed: z
    .number()
    .int()
    .default(1)
    .describe('Which weather: the same seed gives the same weather at the same place and time.'),
});

export type SimulatorOptions = z.infer<typeof simulatorOptions>;
