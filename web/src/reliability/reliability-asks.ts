import { placePath } from '../app/answers.ts';

export const scorecardPath = (id: string): string => placePath(id, '/scorecard?days=30');
/** Of every region: asked for by the browser once the page is there, because it takes the server seconds. */
export const SCORECARDS = '/api/v1/scorecards?days=7';

/** The region that an address asks for: `?place=kolda`. */
export const placeIn = (search: string): string => new URLSearchParams(search).get('place') ?? 'dakar';
