import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HarmattanError } from '../../core/errors.ts';
import { noQuery } from '../request.ts';
import type { ServeApp } from '../served.ts';

const FOLDER = new URL('../../../docs/5.runbook/', import.meta.url);
const params = z.object({ rule: z.string().max(100).describe('Id of a rule (`place-missing`).') });

/** What messages link to: the runbook's page of their rule. */
export function runbookRoutes(app: ServeApp): void {
  const schema = {
    tags: ['alerts'],
    summary: 'What a rule means, what to look at, what to do, how it resolves (Markdown)',
    params,
    querystring: noQuery,
    response: { 200: z.string() },
  };
  app.get('/runbooks/:rule', { schema }, async (request, reply) => {
    const { rule } = request.params;
    const page = /^[a-z-]+$/.test(rule)
      ? await readFile(new URL(`${rule}.md`, FOLDER), 'utf8').catch(() => null)
      : null;
    if (page === null)
      throw new HarmattanError('HMT_HTTP_NOT_FOUND', { field: 'rule', detail: 'No rule has this id.' });
    return await reply.type('text/plain; charset=utf-8').serializer(String).send(page);
  });
}
