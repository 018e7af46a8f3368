// A list that comes page by page: bones until it is here, what to do if it is empty, its rows,
// and what goes wrong, also when there are rows already.
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../api/pages";
import { Bones, Empty } from "./bits";
import { ProblemView } from "./problem";
import { Table, type Column } from "./Table";

interface Props<R> {
  query: UseInfiniteQueryResult<InfiniteData<Page<R>>>;
  caption: string;
  empty: ReactNode;
  rowKey: (row: R) => string;
  columns: Column<R>[];
}

export const rowsOf = <R,>(query: { data?: InfiniteData<Page<R>> }): R[] => query.data?.pages.flatMap((p) => p.items) ?? [];

export function Listed<R>({ query, caption, empty, rowKey, columns }: Props<R>) {
  const rows = rowsOf(query);
  const again = () => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch());
  const problem = query.error && <ProblemView error={query.error} again={again} />;
  if (rows.length === 0) return problem ?? (query.isPending ? <Bones /> : <Empty>{empty}</Empty>);
  return (
    <>
      <Table caption={caption} rows={rows} rowKey={rowKey} columns={columns} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage} />
      {problem}
    </>
  );
}
