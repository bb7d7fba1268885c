/** A text with its found parts, cut into pieces. */
import type { SearchMatch } from '../../shared/records-api.ts';

export interface Piece {
  text: string;
  found: boolean;
}

/** In order; together they are the text. Spans rise and do not meet, as the server makes them. */
export function piecesOf({ text, spans }: Pick<SearchMatch, 'text' | 'spans'>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { from, to } of spans) {
    pieces.push({ text: text.slice(at, from), found: false }, { text: text.slice(from, to), found: true });
    at = to;
  }
  pieces.push({ text: text.slice(at), found: false });
  return pieces.filter((piece) => piece.text !== '');
}
