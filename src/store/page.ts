/** Part of a list; `nextCursor` is the `cursor` that asks for the next part, `null` after the last. */
export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };
