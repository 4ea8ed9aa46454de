import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, listensOn, type Server, startServer } from './server.ts';
import { type Availability, madeOnce, runTool, toolsAvailable } from './tools.ts';

const MODULE = fileURLToPath(new URL('ferretdb/', import.meta.url));
const RECIPE = ['main.go', 'go.mod', 'go.sum'].map((file) => join(MODULE, file));

/** The engine behind MongoDB's wire protocol in tests and benches. */
export const FERRETDB = 'FerretDB 1.24.2 on SQLite';

/** One real document database that speaks MongoDB's wire protocol. It has no logins and no transactions. */
export interface FerretdbServer extends Server {
  /** `mongodb://127.0.0.1:port/`. */
  readonly url: string;
}

/** Whether FerretDB can be built and started here. */
export const ferretdbAvailable = (): Availability => toolsAvailable({ go: ['version'] });

/** Starts a database on a free port of 127.0.0.1. */
export async function startFerretdb(): Promise<FerretdbServer> {
  const built = madeOnce('ferretdb', RECIPE, (folder) => {
    runTool(['go', 'build', '-mod=readonly', '-o', join(folder, 'ferretdb'), '.'], MODULE);
  });
  const [port = 0] = await freePorts(1);
  const server = await startServer({
    name: 'FerretDB',
    command: (folder) => [join(built, 'ferretdb'), `127.0.0.1:${port}`, folder],
    ready: () => listensOn(port),
  });
  return Object.assign(server, { url: `mongodb://127.0.0.1:${port}/` });
}
