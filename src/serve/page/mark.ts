/** The program's own mark, as a picture of its own. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="40" height="40" fill="none" stroke="#c98a1b" stroke-width="2" stroke-linecap="round"><circle cx="15" cy="8" r="4.5"/><path d="M2 12.5h9.5M4 16.5h15M8 20.5h12"/></svg>';
