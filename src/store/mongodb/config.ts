import { z } from 'zod';

/** Options of MongoDB (`mongodb` in the configuration); they count where `store.kind` is "mongodb". */
export const mongodbOptions = z.strictObject({
  url: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/\S+$/, 'must begin with mongodb:// or mongodb+srv://')
    .refine((text) => !text.includes('@'), 'must hold no login: it stands in mongodb.username and mongodb.password')
    .default('mongodb://127.0.0.1:27017/')
    .describe(
      'Where the database is: a connection string without a login, with all members of a replica set. Options of the driver may follow.',
    ),
  database: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,63}$/, 'must be of letters, digits, _ and -')
    .default('openweathermap')
    .describe('The database that holds everything; the original system’s clients read their collections in it.'),
  username: z.string().min(1).nullable().default(null).describe('The user that logs in. null: nobody does.'),
  password: z.string().min(1).nullable().default(null).meta({ secret: true }).describe('Its password.'),
  authSource: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('The database that knows the user. null: as the url says, or "admin".'),
  tls: z.boolean().default(false).describe('Whether connections are encrypted.'),
  tlsCaFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Certificates of the authorities to trust, PEM. null: those that Node trusts.'),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(10_000)
    .describe(
      'How long one operation waits for a server that does not answer, before it is tried again from the start.',
    ),
  patienceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(15)
    .describe('How long a start waits for a database that does not answer before it gives up.'),
});

export type MongodbOptions = z.infer<typeof mongodbOptions>;
