import { auditLines } from '../alert-contract.ts';
import { auditLog, auditReply } from '../audit-log.ts';
import { auditQuery } from '../request.ts';
import type { ServeApp, Served } from '../served.ts';
import { mayReadWrites } from '../writers.ts';

/** Who wrote what, and why. */
export function auditRoutes(app: ServeApp, served: Served): void {
  const schema = {
    tags: ['alerts'],
    summary: 'Who silenced, acknowledged, replayed, and made or revoked tokens, and why (bearer token of any scope)',
    querystring: auditQuery,
    response: { 200: auditLines },
  };
  app.get('/api/v1/audit', { schema, onRequest: mayReadWrites(served) }, async ({ query }) => ({
    items: (await auditLog(served.store.documents, query.limit)).map(auditReply),
  }));
}
