/** The link that this page was opened by: which share, and the token that opens it. */
import { ShareId } from '../../shared/ids.ts';
import { SHARE_TOKEN } from '../../shared/share.ts';

export interface Link {
  id: ShareId;
  token: string;
}

/** Null where the link is not whole. What stands after `#` goes to no server but in a header of our own requests. */
export function linkIn({ pathname, hash }: Pick<Location, 'pathname' | 'hash'>): Link | null {
  const id = ShareId.safeParse(/^\/share\/([^/]+)$/.exec(pathname)?.[1]);
  const token = hash.slice(1);
  return id.success && SHARE_TOKEN.test(token) ? { id: id.data, token } : null;
}
