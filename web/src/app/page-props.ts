export interface PageProps {
  /** What the path names: `{ id: 'kolda' }`. */
  readonly params: Readonly<Record<string, string>>;
}
