/** What page and worker agree on. The worker is built alone, so that it is one file. */

/** On an answer that the worker had kept because the server was not reached. */
export const KEPT_HEADER = 'harmattan-kept';
/** On the `html` of a page that it had kept: the ages in it are hidden until the page has computed them anew. */
export const KEPT_MARK = 'data-kept';
