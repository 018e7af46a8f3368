// Lists that the API gives page by page.

export interface Page<R> {
  items: R[];
  next?: string;
}

/** How a query goes from page to page. */
export const pages = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: Page<unknown>) => last.next || undefined,
};

/** All of a list that somebody chooses from: it has to be whole. */
export async function allOf<R>(page: (cursor: string | undefined) => Promise<Page<R>>): Promise<R[]> {
  const all: R[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    all.push(...items);
    cursor = next || undefined;
  } while (cursor);
  return all;
}
