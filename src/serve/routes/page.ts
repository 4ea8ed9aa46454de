import type { ServeApp, Served } from '../served.ts';

export function pageRoutes(_app: ServeApp, _served: Served): void {}
