import { z } from 'zod';

/** Options of the HTTP server. */
export const httpOptions = z.strictObject({
  port: z.number().int().min(0).max(65_535).default(4000).describe('The port to listen on. 0: any free one.'),
  host: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('The address to listen on. "127.0.0.1" answers this machine only, "0.0.0.0" and "::" answer everybody.'),
  workerPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .nullable()
    .default(null)
    .describe(
      'Port on which a process without the role serve answers /healthz, /readyz and /metrics. null: on none; 0: any free one.',
    ),
  trustedProxies: z
    .array(z.string().min(1).max(100))
    .max(100)
    .default([])
    .describe(
      'Addresses or CIDR ranges of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Without one, all visitors behind a proxy share one rate limit.',
    ),
  rateLimitPerMinute: z
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(3000)
    .describe(
      'Requests one address (an IPv6 address: its /64) may make per minute. 0: no limit. /healthz, /readyz and /metrics are not counted.',
    ),
  maxBodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(1_073_741_824)
    .default(1_048_576)
    .describe('Longest request body that is read, bytes.'),
  predictMaxPoints: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Most readings that one /predict/ request may send.'),
  predictConcurrent: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(4)
    .describe('How many /predict/ requests are worked on at a time; further ones are told to come back.'),
  maxConnections: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe('Most connections held at a time; further ones are closed at once.'),
  liveClients: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(1000)
    .describe('Most listeners of /api/v1/live held at a time; further ones are told to come back.'),
  liveBufferBytes: z
    .number()
    .int()
    .min(65_536)
    .max(67_108_864)
    .default(262_144)
    .describe('A live listener that has left this much unread is dropped, bytes. It can come back where it was.'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Where people reach this server: messages link there. Without one: http and the host and port above.'),
  contact: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe('Whom visitors can ask: an e-mail address or URL, shown on the page and in the API description.'),
});

export type HttpOptions = z.infer<typeof httpOptions>;
