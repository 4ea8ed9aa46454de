import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, type Server, startServer } from './server.ts';
import { type Availability, jarsOf, madeOnce, runTool, toolsAvailable } from './tools.ts';

const POM = fileURLToPath(new URL('opensearch/pom.xml', import.meta.url));
const NODE = fileURLToPath(new URL('opensearch/Node.java', import.meta.url));

/** One real search engine. It speaks the HTTP API that Elasticsearch 7 and later and OpenSearch share. */
export interface OpensearchServer extends Server {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
}

/** Whether OpenSearch can be started here. */
export const opensearchAvailable = (): Availability =>
  toolsAvailable({ java: ['-version'], javac: ['-version'], mvn: ['-version'] });

/** Starts a node on free ports of 127.0.0.1. */
export async function startOpensearch(): Promise<OpensearchServer> {
  const jars = join(jarsOf('opensearch', POM), '*');
  const node = madeOnce('opensearch-node', [POM, NODE], (folder) => {
    runTool(['javac', '-cp', jars, '-d', folder, NODE], folder);
  });
  const [port = 0, transportPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    name: 'OpenSearch',
    command: (folder) => [
      'java',
      '-Xmx768m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      ...['-cp', `${node}:${jars}`, 'Node', join(folder, 'data'), String(port), String(transportPort)],
    ],
    ready: () => answers(url),
  });
  return Object.assign(server, { url });
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=5s`).then(
    (response) => response.ok,
    () => false,
  );
