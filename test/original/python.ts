import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Availability, jarsOf, madeOnce, runTool, toolsAvailable } from '../servers/tools.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const REQUIREMENTS = here('requirements.txt');

/** Whether the original's Python programs can be run here. */
export const pythonAvailable = (): Availability =>
  toolsAvailable({ python3: ['-m', 'pip', '--version'], java: ['-version'], mvn: ['-version'] });

/** Runs one of this folder's Python programs to its end; fails with what it printed. */
export async function python(program: string, args: readonly string[], input = ''): Promise<void> {
  const packages = madeOnce('original-python', [REQUIREMENTS], (folder) => {
    const install = ['install', '--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];
    runTool(['python3', '-m', 'pip', ...install, '--target', folder, '-r', REQUIREMENTS], folder);
  });
  const env = {
    ...process.env,
    PYTHONPATH: packages,
    SPARK_HOME: join(packages, 'pyspark'),
    SPARK_LOCAL_IP: '127.0.0.1',
  };
  const child = spawn('python3', [here(program), ...args], { env });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program}: exit ${code}\n${Buffer.concat(printed).toString().slice(-6000)}`);
}

/** The jars with which Spark reads Kafka. */
export const sparkJars = (): string => join(jarsOf('spark-kafka', here('pom.xml')), '*');
