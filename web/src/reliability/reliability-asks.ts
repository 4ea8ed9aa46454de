import { placePath } from '../app/answers.ts';

export const scorecardPath = (id: string): string => placePath(id, '/scorecard?days=30');

/** The region that an address asks for: `?place=kolda`. */
export const placeIn = (search: string): string => new URLSearchParams(search).get('place') ?? 'dakar';
