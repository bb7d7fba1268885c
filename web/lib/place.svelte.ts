/** Where the page stands, kept in the address: the session, the file that is open, its line. */
import { SessionId } from '../../shared/ids.ts';

const FRONTS = ['chat', 'audit', 'policy'] as const;
export type Front = (typeof FRONTS)[number];

export interface Place {
  session: SessionId | null;
  /** The file in front; null: the conversation. */
  file: string | null;
  /** Counted from 1; null: none is pointed at. */
  line: number | null;
  /** What is in front where no file is. */
  front: Front;
}

/** Reads `/?session=ID&file=PATH&line=N` or `/?session=ID&view=audit`. What is not understood is as if it were not there. */
export function readPlace(search: string): Place {
  const query = new URLSearchParams(search);
  const session = SessionId.safeParse(query.get('session'));
  const file = query.get('file') || null;
  const line = Number(query.get('line') ?? 'none');
  return {
    session: session.success ? session.data : null,
    file,
    line: file !== null && Number.isInteger(line) && line > 0 ? line : null,
    front: (file === null && FRONTS.find((front) => front === query.get('view'))) || 'chat',
  };
}

export function writePlace(place: Place): string {
  const query = new URLSearchParams();
  if (place.session !== null) query.set('session', place.session);
  if (place.file !== null) query.set('file', place.file);
  if (place.file !== null && place.line !== null) query.set('line', String(place.line));
  if (place.file === null && place.front !== 'chat') query.set('view', place.front);
  return query.size === 0 ? '/' : `/?${query.toString()}`;
}

/** The place as reactive state; going there makes a step in the browser's history. */
export class PlaceState {
  #at: Place = $state.raw(readPlace(location.search));

  get at(): Place {
    return this.#at;
  }
  get session(): SessionId | null {
    return this.#at.session;
  }
  get file(): string | null {
    return this.#at.file;
  }
  get line(): number | null {
    return this.#at.line;
  }
  get front(): Front {
    return this.#at.front;
  }

  /** `silent`: takes the place of the step that stands, where the person did not go by themselves. */
  go(change: Partial<Place>, { silent = false }: { silent?: boolean } = {}): void {
    const next = { ...this.#at, ...change };
    if (next.file === null) next.line = null;
    else next.front = 'chat';
    const address = writePlace(next);
    if (address === location.pathname + location.search) return;
    if (silent) history.replaceState(null, '', address);
    else history.pushState(null, '', address);
    this.#at = next;
  }

  /** Follows the back and forward buttons until the answer is called. */
  follow(moved: () => void): () => void {
    const listen = () => {
      this.#at = readPlace(location.search);
      moved();
    };
    window.addEventListener('popstate', listen);
    return () => window.removeEventListener('popstate', listen);
  }
}
