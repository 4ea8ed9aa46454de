import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, listensOn, type Server, startServer } from './server.ts';
import { type Availability, jarsOf, runTool, toolsAvailable } from './tools.ts';

const POM = fileURLToPath(new URL('kafka/pom.xml', import.meta.url));

export interface KafkaOptions {
  /** Whether a topic that is written to is made by the broker. Default false. */
  readonly autoCreate?: boolean;
  /** Partitions of a topic that is made without saying how many. Default 1. */
  readonly partitions?: number;
  /** Doors beside the open one: their names in capitals, and what is spoken there. */
  readonly doors?: Readonly<Record<string, 'SASL_PLAINTEXT' | 'SSL'>>;
  /** Lines of server.properties beside or instead of these. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** For a broker that is to be killed: it may come back as soon as its own controller has missed it. */
export const MISSED_SOON = { 'broker.heartbeat.interval.ms': '500', 'broker.session.timeout.ms': '4000' };

/** A broker as its clients see it. */
export interface KafkaAddress {
  /** `127.0.0.1:port`, as clients name it. */
  readonly brokers: string;
  /** Of Kafka's own jars: `<folder>/*`. */
  readonly classPath: string;
  /** Runs one of Kafka's own command-line tools (a Java class) to its end and gives what it printed. */
  tool(mainClass: string, args: readonly string[], input?: string): Promise<string>;
}

/** One real broker, KRaft, that is its own controller. */
export interface KafkaServer extends Server, KafkaAddress {
  /** Where the other doors are, `127.0.0.1:port` by name. */
  readonly doors: Readonly<Record<string, string>>;
}

/** Where the address of a broker stands that several test files share. */
export const SHARED_KAFKA = 'HMT_TEST_KAFKA';

/** The broker that the whole run shares, or one of this file's own. Never to be restarted: others use it too. */
export async function sharedKafka(): Promise<KafkaAddress & Pick<Server, 'stop'>> {
  const brokers = process.env[SHARED_KAFKA];
  return brokers === undefined ? startKafka() : { ...addressOf(brokers), stop: async () => {} };
}

/** Whether Kafka can be started here. */
export const kafkaAvailable = (): Availability => toolsAvailable({ java: ['-version'], mvn: ['-version'] });

/** The class path of Kafka's broker, clients and tools. */
export const kafkaClassPath = (): string => join(jarsOf('kafka', POM), '*');

/** Starts a broker on free ports of 127.0.0.1. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const classPath = kafkaClassPath();
  const names = Object.keys(options.doors ?? {});
  const [port = 0, controllerPort = 0, ...others] = await freePorts(2 + names.length);
  const doors = Object.fromEntries(names.map((name, index) => [name, `127.0.0.1:${others[index]}`]));
  const brokers = `127.0.0.1:${port}`;
  const server = await startServer({
    name: 'Kafka',
    async command(folder) {
      const file = join(folder, 'server.properties');
      if (!existsSync(file)) {
        writeFileSync(file, propertiesText(properties({ folder, port, controllerPort, doors, options })));
        const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
        const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${id}`, '-c', file]; // An id may begin with '-'.
        runTool(['java', '-cp', classPath, ...format], folder);
      }
      return ['java', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.Kafka', file];
    },
    ready: async (log) => /Kafka Server started/.test(log) && (await listensOn(port)),
  });
  return Object.assign(server, { ...addressOf(brokers), doors });
}

function addressOf(brokers: string): KafkaAddress {
  const classPath = kafkaClassPath();
  return { brokers, classPath, tool: (mainClass, args, input = '') => runJava(classPath, mainClass, args, input) };
}

interface PropertiesInput {
  readonly folder: string;
  readonly port: number;
  readonly controllerPort: number;
  readonly doors: KafkaServer['doors'];
  readonly options: KafkaOptions;
}

function properties({ folder, port, controllerPort, doors, options }: PropertiesInput): Record<string, string> {
  const open = [`PLAINTEXT://127.0.0.1:${port}`, ...Object.entries(doors).map(([name, at]) => `${name}://${at}`)];
  const spoken = Object.entries({ PLAINTEXT: 'PLAINTEXT', CONTROLLER: 'PLAINTEXT', ...options.doors });
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [...open, `CONTROLLER://127.0.0.1:${controllerPort}`].join(),
    'advertised.listeners': open.join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': spoken.map((pair) => pair.join(':')).join(),
    'log.dirs': join(folder, 'data'),
    'num.partitions': String(options.partitions ?? 1),
    'auto.create.topics.enable': String(options.autoCreate ?? false),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
    'group.initial.rebalance.delay.ms': '0',
    // On a busy machine its own controller must not take it for dead.
    'broker.session.timeout.ms': '120000',
    // Records of a simulated past are older than any retention: the task that drops them would race with the tests.
    'log.initial.task.delay.ms': String(24 * 3_600_000),
    ...options.properties,
  };
}

const propertiesText = (lines: Readonly<Record<string, string>>) =>
  Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

async function runJava(classPath: string, mainClass: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn('java', ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', classPath, mainClass, ...args]);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${mainClass} ${args.join(' ')}: exit ${code}\n${Buffer.concat([...out, ...err])}`);
  return Buffer.concat(out).toString();
}
