/** One HTTP GET as a source asks for it. `url` may carry a key: it is never logged; `logUrl` of the reply is. */
export interface TransportRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bound on the whole exchange, headers and body. */
  readonly timeoutMs: number;
  /** A longer body is cut off with HMT_POLL_BODY_TOO_LARGE. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** A reply of any status. Header names are lower case. */
export interface TransportReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Carries a request to a provider. The real one is `fetch`; the simulator's answers in the process itself with the same
 * bodies. Throws `HarmattanError` with HMT_POLL_UNREACHABLE, HMT_POLL_TIMEOUT or HMT_POLL_BODY_TOO_LARGE; never for a
 * status. Follows redirects. Not responsible for retries, quota or decoding.
 */
export type Transport = (request: TransportRequest) => Promise<TransportReply>;
