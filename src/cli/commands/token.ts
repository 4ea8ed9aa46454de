import type { Command } from 'commander';
import { toRfc3339 } from '../../core/time.ts';
import { audit } from '../../serve/audit-log.ts';
import { createToken, type KeptToken, revokeToken, SCOPES, tokens } from '../../serve/token.ts';
import { EXIT } from '../exit-code.ts';
import { type CommonFlags, invocationOf, withCommonFlags } from '../invocation.ts';
import type { Run } from '../run-body.ts';
import { outJson } from '../terminal.ts';

/** `token create|list|revoke`: who may write over HTTP. */
export function tokenCommand(program: Command, run: Run): void {
  const token = program.command('token').description('who may write over HTTP');
  createCommand(token, run);
  listCommand(token, run);
  revokeCommand(token, run);
}

const shown = ({ id, name, scopes, createdAt, revokedAt }: KeptToken) => ({
  id,
  name,
  scopes,
  createdAt: toRfc3339(createdAt),
  revokedAt: revokedAt === null ? null : toRfc3339(revokedAt),
});

function createCommand(token: Command, run: Run): void {
  withCommonFlags(token.command('create <name>'))
    .description('make a token and show it, this once')
    .option('--scope <scopes>', `what it may write, comma-separated: ${SCOPES.join(',')}; by default all`)
    .option('--json', 'one JSON document')
    .action((name: string, options: CommonFlags & { scope?: string }) =>
      run(async (terminal) => {
        const { store, clock } = await invocationOf(terminal, options).open();
        const scopes = options.scope?.split(',').map((scope) => scope.trim());
        const now = clock.now();
        const made = await createToken(store.documents, { name, now, ...(scopes ? { scopes } : {}) });
        await audit(store.documents, {
          at: now,
          who: 'command',
          what: 'token.create',
          target: made.kept.id,
          why: name,
        });
        if (options.json) await outJson(terminal, { ...shown(made.kept), token: made.token });
        else {
          await terminal.out(`${made.token}\n`);
          terminal.err('Keep it now: it is not shown again. Send it as "Authorization: Bearer …".\n');
        }
        return EXIT.done;
      }),
    );
}

function listCommand(token: Command, run: Run): void {
  withCommonFlags(token.command('list'))
    .description('every token with its scopes; never the token itself')
    .option('--json', 'one JSON document')
    .action((options: CommonFlags) =>
      run(async (terminal) => {
        const { store } = await invocationOf(terminal, options).open();
        const items = (await tokens(store.documents)).map(shown);
        if (options.json) await outJson(terminal, { items });
        else
          for (const { id, name, scopes, createdAt, revokedAt } of items)
            await terminal.out(`${id}\t${name}\t${scopes.join(',')}\t${createdAt}\t${revokedAt ?? ''}\n`);
        return EXIT.done;
      }),
    );
}

function revokeCommand(token: Command, run: Run): void {
  withCommonFlags(token.command('revoke <id>'))
    .description('from now on nobody writes with it')
    .option('--json', 'one JSON document')
    .action((id: string, options: CommonFlags) =>
      run(async (terminal) => {
        const { store, clock } = await invocationOf(terminal, options).open();
        const now = clock.now();
        const revoked = await revokeToken(store.documents, id, now);
        await audit(store.documents, { at: now, who: 'command', what: 'token.revoke', target: id, why: null });
        if (options.json) await outJson(terminal, shown(revoked));
        else await terminal.out(`${id} is revoked\n`);
        return EXIT.done;
      }),
    );
}
