import { z } from 'zod';
import { channelOptions } from '../channel-options.ts';

const address = z
  .string()
  .trim()
  .min(3)
  .max(320)
  .regex(/^[^\r\n]+@[^\r\n]+$/, 'must be an e-mail address');

/** Options of the e-mail channel (`email` in the configuration). */
export const emailOptions = z.strictObject({
  host: z.string().min(1).max(255).nullable().default(null).describe('The SMTP server. Without one no e-mail is sent.'),
  port: z.number().int().min(1).max(65_535).default(587).describe('Its port: 587 with STARTTLS, 465 with TLS, 25.'),
  tls: z
    .enum(['starttls', 'implicit', 'opportunistic', 'none'])
    .default('starttls')
    .describe('"starttls": required. "implicit": from the first byte. "opportunistic": where offered. "none": never.'),
  user: z.string().max(320).nullable().default(null).describe('The account, where the server wants one.'),
  password: z.string().max(500).nullable().default(null).meta({ secret: true }).describe("The account's password."),
  from: address.nullable().default(null).describe('The sender.'),
  to: z.array(address).max(50).default([]).describe('The receivers.'),
  timeoutMs: z.number().int().min(1000).max(120_000).default(30_000).describe('Bound on one e-mail, in milliseconds.'),
  ...channelOptions,
});

export type EmailOptions = z.infer<typeof emailOptions>;
