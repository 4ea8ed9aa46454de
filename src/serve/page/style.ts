export const STYLE_HASH = 'sha256-x';
