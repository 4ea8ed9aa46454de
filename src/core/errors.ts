/** One row of the error registry: what happened in a plain sentence, and what the reader can do about it. */
export interface ErrorEntry {
  readonly meaning: string;
  readonly cure: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
}

/**
 * Every error that a user can meet. Codes are `HMT_<STAGE>_<WHAT>`; callers branch on the code, never on the text.
 * docs/3.reference/errors.md is generated from this table.
 */
// biome-ignore format: one row a line reads as the table it is
export const ERRORS = {
  HMT_CLI_USAGE: { meaning: 'The command line is not understood.', cure: 'Run the command with --help.', retryable: false },
  HMT_CLI_RUNTIME: { meaning: 'The Node 26 run-time is not installed.', cure: 'Run "npm ci" in the project folder.', retryable: false },
  HMT_CLI_DEFECT: { meaning: 'The program made a mistake.', cure: 'Report what was printed; nothing that was acknowledged is lost.', retryable: false },
  HMT_CLI_FILE: { meaning: 'A file that was named cannot be read or written.', cure: 'Check the path and its permissions.', retryable: false },
  HMT_CLI_SERVER_RUNNING: { meaning: 'This command needs the folder to itself, and a process is using it.', cure: 'Stop the process that is named, then run the command again.', retryable: true },

  HMT_CONFIG_UNKNOWN_KEY: { meaning: 'The configuration has a key that does not exist.', cure: 'Correct the spelling; the message names the nearest known key.', retryable: false },
  HMT_CONFIG_INVALID: { meaning: 'A configuration value is not allowed.', cure: 'Correct the value; `harmattan config schema` lists what is allowed.', retryable: false },
  HMT_CONFIG_UNREADABLE: { meaning: 'The configuration file cannot be read as YAML.', cure: 'Correct the file at the line that is named.', retryable: false },

  HMT_PLACES_INVALID: { meaning: 'The places file is not a list of places.', cure: 'Use a JSON array of {name, latitude, longitude}; the message names the entry.', retryable: false },
  HMT_PLACES_DUPLICATE: { meaning: 'Two places have the same id.', cure: 'Give one of them another name or an id of its own.', retryable: false },
  HMT_PLACES_UNKNOWN: { meaning: 'No place has this id.', cure: 'Use an id from `harmattan places list`.', retryable: false },

  HMT_FOLDER_LOCKED: { meaning: 'Another process has this role on this data folder.', cure: 'Stop the process that is named, or use another --data folder.', retryable: true },
  HMT_FOLDER_READ_ONLY: { meaning: 'The data folder cannot be written.', cure: 'Give the user that runs harmattan write permission, or name another folder with --data.', retryable: false },
  HMT_FOLDER_MIXED: { meaning: 'Simulated data and live data may not share a folder.', cure: 'Use another --data folder for the simulation.', retryable: false },

  HMT_POLL_UNREACHABLE: { meaning: 'The provider could not be reached.', cure: 'Check the network; the program retries by itself.', retryable: true },
  HMT_POLL_TIMEOUT: { meaning: 'The provider did not answer in time.', cure: 'Nothing to do; the program retries by itself.', retryable: true },
  HMT_POLL_BODY_TOO_LARGE: { meaning: 'The provider sent more than any real answer holds.', cure: 'Check the base URL; it may not be the provider.', retryable: true },
  HMT_POLL_KEY_REFUSED: { meaning: 'The provider does not know this key.', cure: "Check the key in the provider's account page.", retryable: false },
  HMT_POLL_NOT_SUBSCRIBED: { meaning: 'The key is good, but its subscription does not include this product.', cure: 'Subscribe to it, or choose a product that the key opens: `harmattan doctor` lists them.', retryable: false },
  HMT_POLL_KEY_INACTIVE: { meaning: 'The key is new and not active yet.', cure: 'Wait up to two hours after the subscription; the program retries by itself.', retryable: true },
  HMT_POLL_TLS: { meaning: "The provider's certificate, or the encrypted connection to it, is refused.", cure: 'Check the base URL and this machine\'s clock; behind a proxy that decrypts, give Node its authority in NODE_EXTRA_CA_CERTS.', retryable: true },
  HMT_POLL_FORBIDDEN: { meaning: 'The provider refuses this client.', cure: "Check the provider's terms for the User-Agent and the plan.", retryable: false },
  HMT_POLL_BAD_REQUEST: { meaning: 'The provider says that the request is wrong.', cure: "Check the places' coordinates; if they are right, report this as a bug.", retryable: false },
  HMT_POLL_NO_DATA: { meaning: 'The provider has no data for this place and instant.', cure: 'Nothing to do; the slot is filled from elsewhere if any source can.', retryable: false },
  HMT_POLL_RATE_LIMITED: { meaning: "The provider's rate limit is used up.", cure: "Nothing to do; the program waits for the limit's reset.", retryable: true },
  HMT_POLL_PROVIDER_FAILED: { meaning: 'The provider answered with an error of its own.', cure: 'Nothing to do; the program retries by itself.', retryable: true },
  HMT_POLL_UNDECODABLE: { meaning: "The provider's answer cannot be decoded.", cure: 'The bytes are in quarantine: `harmattan quarantine show`; replay them after a fix.', retryable: true },
  HMT_POLL_BREAKER_OPEN: { meaning: 'Calls with this credential are paused after repeated failures.', cure: 'Nothing to do; a single trial call follows.', retryable: true },
  HMT_POLL_QUOTA_SPENT: { meaning: 'The planned quota of the provider is used up for now.', cure: "Nothing to do; polling goes on when the provider's day begins.", retryable: true },
  HMT_POLL_TWICE: { meaning: 'Another process polls as well: nothing is doubled, but every provider is asked twice.', cure: 'Stop one of the two, or run it without the role poll (--only).', retryable: true },
  HMT_POLL_QUOTA_PLAN: { meaning: "The configured cadence would overspend the provider's quota.", cure: 'Choose a longer poll.everyMinutes, fewer places, or poll.onQuota: stretch.', retryable: false },
  HMT_POLL_STATION_FAR: { meaning: 'The station lies too far from the place to speak for it.', cure: "Correct the place's icao code or coordinates, or raise metar.farthestKm.", retryable: false },
  HMT_POLL_REPLAY_FILE: { meaning: 'The file to replay cannot be read.', cure: 'Check replay.file: NDJSON or CSV as `harmattan export` writes it, or a folder of stations.', retryable: false },

  HMT_JOURNAL_FULL: { meaning: 'The disk is full: the journal refused new records. Nothing acknowledged is lost.', cure: 'Free space; the program goes on by itself.', retryable: true },
  HMT_JOURNAL_UNAVAILABLE: { meaning: 'The journal cannot be opened or written.', cure: 'Check the data folder and its disk.', retryable: true },
  HMT_JOURNAL_TOO_LARGE: { meaning: 'A record is longer than the configured limit.', cure: 'Raise journal.maxRecordBytes, or send smaller records.', retryable: false },
  HMT_JOURNAL_NEWER: { meaning: 'The journal was written by a newer version of harmattan.', cure: 'Run that version or a later one.', retryable: false },
  HMT_JOURNAL_UNREACHABLE: { meaning: 'Kafka does not answer.', cure: 'Check kafka.brokers, and that the brokers run; what was acknowledged is kept.', retryable: true },
  HMT_JOURNAL_LOGIN_REFUSED: { meaning: 'Kafka refuses the login.', cure: 'Check kafka.saslMechanism, kafka.saslUsername and kafka.saslPassword.', retryable: false },
  HMT_JOURNAL_TLS: { meaning: 'The encrypted connection to Kafka failed.', cure: 'Check whether the brokers speak TLS at this port, and whether kafka.tlsCaFile holds the authority that signed their certificate.', retryable: false },
  HMT_JOURNAL_FORBIDDEN: { meaning: 'Kafka does not let this user do that.', cure: 'Give the user of kafka.saslUsername the right to read and write the topics and to use the groups that begin with kafka.groupId.', retryable: false },
  HMT_JOURNAL_TOPIC_ABSENT: { meaning: 'A topic is not there.', cure: 'Make the topic, or set kafka.createTopics to true.', retryable: true },
  HMT_JOURNAL_TOPIC_REFUSED: { meaning: 'Kafka refuses to make a topic as configured.', cure: 'Check kafka.topic, kafka.partitions and kafka.replicationFactor against the cluster.', retryable: false },
  HMT_JOURNAL_PARTITIONS: { meaning: 'A topic has another number of partitions than configured.', cure: "Remove kafka.partitions to use the topic as it is, or change the topic with Kafka's own tools.", retryable: false },
  HMT_JOURNAL_GROUP_ACTIVE: { meaning: 'The consumer group still has members.', cure: 'Stop the processes that read with it, then try again.', retryable: true },
  HMT_JOURNAL_DAMAGED: { meaning: "The journal's file is damaged, or is no journal.", cure: 'Move it aside and run `harmattan restore` with a backup, or start with an empty folder.', retryable: false },

  HMT_STORE_FULL: { meaning: 'The disk is full: the store refused to write. The journal keeps what has arrived.', cure: 'Free space; the program goes on by itself.', retryable: true },
  HMT_STORE_UNAVAILABLE: { meaning: 'The store cannot be opened or written.', cure: 'Check the data folder and its disk.', retryable: true },
  HMT_STORE_NEWER: { meaning: 'The store was written by a newer version of harmattan.', cure: 'Run that version or a later one.', retryable: false },
  HMT_STORE_CONFLICT: { meaning: 'Another process changed the same row first.', cure: 'Nothing to do; the program reads again and reapplies.', retryable: true },
  HMT_STORE_UNREACHABLE: { meaning: 'MongoDB does not answer.', cure: 'Check mongodb.url, and that the database runs; the journal keeps what has arrived.', retryable: true },
  HMT_STORE_LOGIN_REFUSED: { meaning: 'MongoDB refuses the login.', cure: 'Check mongodb.username and mongodb.password, and mongodb.authSource, the database that knows the user.', retryable: false },
  HMT_STORE_TLS: { meaning: 'The encrypted connection to MongoDB failed.', cure: 'Check whether the database speaks TLS at this port, and whether mongodb.tlsCaFile holds the authority that signed its certificate.', retryable: false },
  HMT_STORE_FORBIDDEN: { meaning: 'MongoDB does not let this user do that.', cure: 'Give the user of mongodb.username the role readWrite on the database that mongodb.database names.', retryable: false },
  HMT_STORE_BACKUP_ELSEWHERE: { meaning: 'The store lies in MongoDB, which is backed up with tools of its own.', cure: 'Use mongodump, or snapshots of the volume; leave store.backupFolder empty.', retryable: false },
  HMT_STORE_BACKUP_INVALID: { meaning: 'The file is not a backup of harmattan.', cure: 'Name a file that `harmattan backup` wrote.', retryable: false },

  HMT_PROCESS_NOT_JSON: { meaning: 'The record is not JSON in UTF-8.', cure: 'Correct the sender; `harmattan quarantine show` has the bytes.', retryable: false },
  HMT_PROCESS_TOO_DEEP: { meaning: 'The record is nested deeper than any weather record.', cure: 'Correct the sender.', retryable: false },
  HMT_PROCESS_SHAPE: { meaning: 'The record is not a flat weather record or an array of them.', cure: 'Correct the sender; the expected fields are in /schemas/observation-message.json.', retryable: false },
  HMT_PROCESS_PLACE_UNKNOWN: { meaning: 'The record names a place that is not configured.', cure: 'Add the place, then `harmattan quarantine replay`.', retryable: false },
  HMT_PROCESS_TIME_INVALID: { meaning: "The record's time is absent, unreadable, before 1979 or in the future.", cure: "Correct the sender's clock or field.", retryable: false },
  HMT_PROCESS_TEMPERATURE_INVALID: { meaning: 'The record has no usable temperature.', cure: "Check the sensor or the sender's unit (degrees Celsius).", retryable: false },

  HMT_FORECAST_INPUT: { meaning: 'A forecast needs at least one reading of temperature with its time.', cure: 'Send {latitude, longitude, data: [{ds, y}]}; the message names the field.', retryable: false },
  HMT_FORECAST_NONE: { meaning: 'No forecast has been issued for this place yet.', cure: "Wait for the place's first reading.", retryable: true },

  HMT_INDEX_UNREACHABLE: { meaning: 'The search engine could not be reached.', cure: 'Check elasticsearch.url and that the engine runs; the program retries by itself.', retryable: true },
  HMT_INDEX_TIMEOUT: { meaning: 'The search engine did not answer in time.', cure: 'Check its load; the program retries by itself. Raise elasticsearch.timeoutMs if it is always this slow.', retryable: true },
  HMT_INDEX_BUSY: { meaning: 'The search engine has no room for more at the moment.', cure: 'Nothing to do; the program sends it again by itself.', retryable: true },
  HMT_INDEX_BLOCKED: { meaning: 'The index may not be written.', cure: 'Free space on the disk of the engine, or take the block off: PUT /<index>/_settings {"index.blocks.write": null, "index.blocks.read_only": null, "index.blocks.read_only_allow_delete": null}. The program retries by itself.', retryable: true },
  HMT_INDEX_CREDENTIALS: { meaning: 'The search engine refuses the user, the password or the API key.', cure: 'Correct elasticsearch.username and password, or apiKey; the role needs to write the index and to manage its template.', retryable: false },
  HMT_INDEX_NOT_AN_ENGINE: { meaning: 'What answers is neither Elasticsearch nor OpenSearch.', cure: 'Correct elasticsearch.url: it is the address of the HTTP API, usually on port 9200.', retryable: false },
  HMT_INDEX_REFUSED: { meaning: 'The search engine refused a request.', cure: 'The message has its reason; correct the setting of the engine or of the index that it names.', retryable: false },
  HMT_INDEX_MAPPING: { meaning: 'The index holds other types of fields under the same names.', cure: 'Name another index in elasticsearch.index, or rename the old one; `harmattan reindex` fills the new one from the store.', retryable: false },
  HMT_INDEX_DOCUMENT: { meaning: 'The search engine refused this document; the reading itself is stored.', cure: 'Correct what the reason names, then `harmattan quarantine replay`.', retryable: false },
  HMT_INDEX_NONE: { meaning: 'No search index is configured.', cure: 'Set index.kind to elasticsearch, and elasticsearch.url.', retryable: false },

  HMT_QUARANTINE_UNKNOWN: { meaning: 'No quarantined record has this id.', cure: 'Use an id from `harmattan quarantine list`.', retryable: false },

  HMT_WATCH_UNREACHABLE: { meaning: 'A channel for alerts could not be reached.', cure: 'Check the network and the address; the program tries again by itself.', retryable: true },
  HMT_WATCH_TIMEOUT: { meaning: 'A channel for alerts did not answer in time.', cure: 'Nothing to do; the program tries again by itself, so the message may come twice.', retryable: true },
  HMT_WATCH_RATE_LIMITED: { meaning: 'A channel for alerts takes no more messages for now.', cure: 'Nothing to do; the program waits as long as the channel asks.', retryable: true },
  HMT_WATCH_CHANNEL_FAILED: { meaning: 'A channel for alerts answered with an error of its own.', cure: 'Nothing to do; the program tries again by itself.', retryable: true },
  HMT_WATCH_CHANNEL_REFUSED: { meaning: 'A channel for alerts does not accept our address or credential.', cure: 'Check its settings, then run `harmattan alerts test` with its name.', retryable: false },
  HMT_WATCH_MESSAGE_REFUSED: { meaning: 'A channel for alerts refuses this message.', cure: 'Report what the channel answered; other messages go on.', retryable: false },
  HMT_WATCH_GIVEN_UP: { meaning: 'A message could not be delivered and is given up.', cure: 'Mend the channel, then run `harmattan alerts test` with its name.', retryable: false },
  HMT_WATCH_CHANNEL_UNKNOWN: { meaning: 'No such channel is configured.', cure: 'Configure slack, webhook or email; `harmattan config schema` lists their settings.', retryable: false },
  HMT_WATCH_ALERT_UNKNOWN: { meaning: 'No alert has this id.', cure: 'Use an id from `harmattan alerts list`.', retryable: false },
  HMT_WATCH_SILENCE_UNKNOWN: { meaning: 'No silence has this id.', cure: 'Use an id from `harmattan silence list`.', retryable: false },
  HMT_WATCH_RULE_FAILED: { meaning: 'A rule of the watch could not be evaluated.', cure: 'Look at the log of that minute and report it; the other rules and places go on.', retryable: true },
  HMT_WATCH_DRY_RUN_TOO_LONG: { meaning: 'There are more evaluations in this past than a request may cost.', cure: 'Ask for an earlier end, or use `harmattan alerts dry-run`, which has no bound.', retryable: false },
  HMT_WATCH_SILENCE_INVALID: { meaning: 'The silence is not allowed.', cure: 'Give it an end in the future, an author and a reason.', retryable: false },

  HMT_TOKEN_UNKNOWN: { meaning: 'No token has this id.', cure: 'Use an id from `harmattan token list`.', retryable: false },
  HMT_TOKEN_INVALID: { meaning: 'The token cannot be made like this.', cure: 'Give it a name of 1 to 60 characters that no living token has, and known scopes.', retryable: false },

  HMT_HTTP_BAD_PARAMETER: { meaning: 'A parameter of the request is not allowed.', cure: 'Correct the field that is named; /docs lists what is allowed.', retryable: false },
  HMT_HTTP_BAD_REQUEST: { meaning: 'The request is not HTTP as the program understands it.', cure: 'Correct the request; /docs shows what is understood.', retryable: false },
  HMT_HTTP_METHOD: { meaning: 'This address does not know this method.', cure: 'Use one of the methods that the Allow header names.', retryable: false },
  HMT_HTTP_MEDIA_TYPE: { meaning: 'The body is not in a form that the program reads.', cure: 'Send JSON with Content-Type: application/json.', retryable: false },
  HMT_HTTP_BUSY: { meaning: 'Too many requests of this kind are under way.', cure: 'Wait for the time that Retry-After names.', retryable: true },
  HMT_HTTP_NOT_FOUND: { meaning: 'Nothing is at this address.', cure: 'See /docs for the addresses that exist.', retryable: false },
  HMT_HTTP_BODY_TOO_LARGE: { meaning: 'The request body is too large.', cure: 'Send less at a time.', retryable: false },
  HMT_HTTP_RATE_LIMITED: { meaning: 'Too many requests from this address.', cure: 'Wait for the time that Retry-After names.', retryable: true },
  HMT_HTTP_NOT_READY: { meaning: 'The program is not ready to answer this yet.', cure: 'Try again shortly; /readyz says what is missing.', retryable: true },
  HMT_HTTP_SIMULATED: { meaning: 'No provider could be reached, so only simulated data is here; this path serves real readings only.', cure: 'Start again when online.', retryable: true },
  HMT_HTTP_UNAUTHORISED: { meaning: 'This needs a bearer token.', cure: 'Make one with `harmattan token create`.', retryable: false },
  HMT_HTTP_FORBIDDEN: { meaning: 'The token does not allow this.', cure: 'Make one with the scope that is named: `harmattan token create`.', retryable: false },
  HMT_HTTP_PORT_TAKEN: { meaning: 'The address to listen on is taken or not allowed.', cure: 'Choose another --port or --host.', retryable: false },
  HMT_SERVE_PAGES_MISSING: { meaning: 'The pages are not built.', cure: 'Run `npm run build` in the program’s folder.', retryable: false },
  HMT_HTTP_INTERNAL: { meaning: 'The program made a mistake while answering.', cure: 'The log has the details; please report them.', retryable: true },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** What exactly, in one sentence: which file, field, line, place. Never a secret. */
  readonly detail?: string;
  /** The input field that is wrong, as the user knows it (`data[3].y`, `poll.everyMinutes`). */
  readonly field?: string;
  /** How long to wait before the same call can succeed, where that is known. */
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** Every failure that is not a programming error. `message` is the registry's meaning followed by the detail. */
export class HarmattanError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | null;
  readonly field: string | null;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ? `${ERRORS[code].meaning} ${details.detail}` : ERRORS[code].meaning, {
      cause: details.cause,
    });
    this.name = 'HarmattanError';
    this.code = code;
    this.detail = details.detail ?? null;
    this.field = details.field ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }

  get cure(): string {
    return ERRORS[this.code].cure;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/** The error itself when it is ours, otherwise wrapped under `code` with its message as the detail. */
export function asHarmattanError(error: unknown, code: ErrorCode): HarmattanError {
  if (error instanceof HarmattanError) return error;
  return new HarmattanError(code, { detail: error instanceof Error ? error.message : String(error), cause: error });
}
