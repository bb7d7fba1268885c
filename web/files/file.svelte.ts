/** One file as the viewer holds it: its text in lines, its facts, and its colours when they are ready. */
import type { FileView } from '../../shared/api.ts';
import { failureFrom, type Api, type ApiFailure } from '../lib/api.ts';
import { coloursOf } from '../review/colours.ts';
import type { ColourSpan } from '../review/pieces.ts';

/** Lines beyond this are counted and not drawn: browsers cannot lay out a page of more than some 16 million pixels. */
export const DRAWN_LINES = 500_000;

export class OpenFile {
  readonly path: string;
  view: FileView | null = $state.raw(null);
  lines: string[] = $state.raw([]);
  colours: ColourSpan[][] | null = $state.raw(null);
  failure: ApiFailure | null = $state.raw(null);
  readonly #api: Api;

  constructor(path: string, api: Api) {
    this.path = path;
    this.#api = api;
  }

  /** Reads the file; again where it may have changed: what is shown stays until the new text is there. Never throws. */
  async read(signal: AbortSignal): Promise<void> {
    try {
      const view = await this.#api.call('file', { query: { path: this.path }, signal });
      this.failure = null;
      if (view.sha256 !== '' && view.sha256 === this.view?.sha256) return;
      this.view = view;
      this.lines = view.content.kind === 'text' ? linesOf(view.content.text) : [];
      this.colours = null;
      if (view.content.kind !== 'text') return;
      const colours = await coloursOf(view.content.text, this.path);
      if (this.view === view) this.colours = colours;
    } catch (error) {
      if (!signal.aborted) this.failure = failureFrom(error);
    }
  }
}

/** The lines of a text. A final line break ends its line and begins none; a carriage return before it belongs to the line's end. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
