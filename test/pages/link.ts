import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line between browser and server, after Appendix A of the pages' design. */
export interface LinkOptions {
  readonly name: string;
  /** `null`: as fast as the machine. */
  readonly kilobitsPerSecond: number | null;
  /** There and back, ms. A new connection costs three of them: name, TCP, TLS. */
  readonly roundTripMs: number;
}

export interface Link {
  readonly url: string;
  /** Bytes that came down since the last look. */
  takeBytes(): number;
  /** From now on nobody gets through, and who is on the line falls off it. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export const AT_ONCE: LinkOptions = { name: 'direct', kilobitsPerSecond: null, roundTripMs: 0 };
const SETUP_TRIPS = 3;
const PIECE_BYTES = 1400;

/** A TCP proxy in front of `target`. All its connections share one way down. */
export async function openLink(target: string, { kilobitsPerSecond, roundTripMs }: LinkOptions): Promise<Link> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  let bytes = 0;
  /** When the shared way down is free again. */
  let freeAt = 0;
  const bytesPerMs = kilobitsPerSecond === null ? Number.POSITIVE_INFINITY : kilobitsPerSecond / 8;

  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      open.add(socket.setNoDelay(true));
      socket.on('error', () => socket.destroy());
    }
    const readyAt = performance.now() + SETUP_TRIPS * roundTripMs;
    const end = () => {
      near.destroy();
      far.destroy();
      open.delete(near);
      open.delete(far);
    };
    const at = (when: number, act: () => void) => {
      const waitMs = when - performance.now();
      if (waitMs <= 0) act();
      else setTimeout(act, waitMs);
    };
    near.on('data', (data) => at(Math.max(performance.now(), readyAt) + roundTripMs / 2, () => far.write(data)));
    far.on('data', (data) => {
      bytes += data.byteLength;
      if (roundTripMs === 0 && kilobitsPerSecond === null) return near.write(data);
      for (let from = 0; from < data.byteLength; from += PIECE_BYTES) {
        const piece = data.subarray(from, from + PIECE_BYTES);
        freeAt = Math.max(freeAt, performance.now()) + piece.byteLength / bytesPerMs;
        at(freeAt + roundTripMs / 2, () => near.writable && near.write(piece));
      }
      return undefined;
    });
    near.on('close', end);
    far.on('close', () => at(freeAt + roundTripMs / 2, end));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeBytes: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    cut: () => {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
