/** Which rows of a long list are drawn: those in view and some around them. All rows are of one height. */

export interface Slice {
  start: number;
  /** The first that is no longer drawn. */
  end: number;
}

/** Rows drawn beyond the edges, so that a scroll shows no gap before the next frame. */
const AROUND = 12;

/** `top` and `height` of the view, `row` the height of one; all in the same unit. */
export function sliceOf(view: { top: number; height: number }, row: number, count: number): Slice {
  const first = Math.floor(Math.max(0, view.top) / row);
  const last = Math.ceil((Math.max(0, view.top) + view.height) / row);
  const start = Math.max(0, Math.min(first - AROUND, count));
  return { start, end: Math.max(start, Math.min(last + AROUND, count)) };
}

/** Where the view must stand so that a row is seen; as it stands where it is seen already. */
export function revealed(view: { top: number; height: number }, row: number, index: number): number {
  const from = index * row;
  if (from < view.top) return from;
  if (from + row > view.top + view.height) return from + row - view.height;
  return view.top;
}
