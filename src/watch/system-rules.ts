import { type Instant, MINUTE_MS } from '../core/time.ts';
import type { WatchOptions } from './config.ts';
import { type Finding, failedFinding } from './finding.ts';
import type { RuleId } from './notification.ts';
import type { Signals } from './signals.ts';

/** Errors that no waiting cures: somebody must look at the account or the certificate. */
const REFUSALS: ReadonlySet<string> = new Set([
  'HMT_POLL_KEY_REFUSED',
  'HMT_POLL_NOT_SUBSCRIBED',
  'HMT_POLL_FORBIDDEN',
  'HMT_POLL_TLS',
]);

/** Something that is wrong with the program itself. */
type Trouble = Omit<Finding, 'found' | 'sinceAt'> & Partial<Pick<Finding, 'sinceAt'>>;

/** Rules that go by one member of the signals: where that could not be read, or they fail, all of them have failed. */
interface SystemRules {
  readonly rules: readonly RuleId[];
  /** What they are about in these signals. */
  scopes(signals: Signals): readonly string[];
  troubles(signals: Signals, options: WatchOptions, at: Instant): Iterable<Trouble>;
}

const SYSTEM_RULES: Readonly<Partial<Record<keyof Signals, SystemRules>>> = {
  stages: {
    rules: ['stage-lag', 'watch-gone'],
    scopes: ({ stages }) => Object.keys(stages),
    *troubles({ stages }, options, at) {
      for (const [stage, { lagMessages, lagMs, running }] of Object.entries(stages)) {
        const about = { scope: stage, labels: { stage } };
        if ((lagMs ?? 0) > options.lagMinutes * MINUTE_MS || (lagMessages ?? 0) > options.lagMessages)
          yield { ...about, rule: 'stage-lag', sinceAt: at - (lagMs ?? 0), count: lagMessages ?? 0, lagMs: lagMs ?? 0 };
        if (running === false) yield { ...about, rule: 'watch-gone' };
      }
    },
  },
  quarantinedLastHour: {
    rules: ['quarantine-growth'],
    scopes: () => ['all'],
    *troubles({ quarantinedLastHour: count }, { quarantineAnHour }) {
      if (count > quarantineAnHour)
        yield { rule: 'quarantine-growth', scope: 'all', labels: { stage: 'process' }, count };
    },
  },
  quotas: {
    rules: ['quota-low'],
    scopes: ({ quotas }) => Object.keys(quotas),
    *troubles({ quotas }, { quotaShare }) {
      const limit = { value: 100 * quotaShare, unit: 'percent' } as const;
      for (const [quota, share] of Object.entries(quotas)) {
        const [source = quota, window = ''] = quota.split('/');
        const labels = { source, window };
        if (share > quotaShare) yield { rule: 'quota-low', scope: quota, labels, value: 100 * share, limit };
      }
    },
  },
  sources: {
    rules: ['key-refused'],
    scopes: ({ sources }) => Object.keys(sources),
    *troubles({ sources }) {
      for (const [source, { lastErrorCode: code }] of Object.entries(sources))
        if (code !== null && REFUSALS.has(code))
          yield { rule: 'key-refused', scope: source, labels: { source }, cause: { code, detail: null } };
    },
  },
  channels: {
    rules: ['channel-failing'],
    scopes: ({ channels }) => Object.keys(channels),
    *troubles({ channels, channelErrors = {} }) {
      for (const [channel, failingSinceAt] of Object.entries(channels)) {
        if (failingSinceAt === null) continue;
        const code = channelErrors[channel];
        const cause = code === undefined ? {} : { cause: { code, detail: null } };
        yield { rule: 'channel-failing', scope: channel, labels: { channel }, sinceAt: failingSinceAt, ...cause };
      }
    },
  },
  diskFreeShare: {
    rules: ['disk-low'],
    scopes: () => ['disk'],
    *troubles({ diskFreeShare: share }, options) {
      const limit = { value: 100 * options.diskFreeShare, unit: 'percent' } as const;
      if (share !== null && share < options.diskFreeShare)
        yield { rule: 'disk-low', scope: 'disk', value: 100 * share, limit };
    },
  },
};

/** The rules about the program itself: stages, quarantine, quotas, keys, channels, disk. */
export function systemFindings(signals: Signals, at: Instant, options: WatchOptions): readonly Finding[] {
  return Object.entries(SYSTEM_RULES).flatMap(([member, { rules, scopes, troubles }]): readonly Finding[] => {
    const failed = (code: string | null) =>
      rules.flatMap((rule) => scopes(signals).map((scope) => failedFinding(rule, scope, at, code)));
    const code = signals.failed?.[member];
    if (code !== undefined) return failed(code);
    try {
      return [...troubles(signals, options, at)].map((trouble) => ({ sinceAt: at, ...trouble, found: 'bad' }));
    } catch {
      return failed(null);
    }
  });
}
