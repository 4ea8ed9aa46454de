/** Writes under way at once: enough to hide the way to the server, few enough to leave it to others too. */
const WRITES_ABREAST = 8;

/** Does something with each item, some at a time; resolves with what came of them, in their order. */
export async function abreast<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as Item);
  };
  await Promise.all(Array.from({ length: Math.min(WRITES_ABREAST, items.length) }, worker));
  return results;
}
