/** Who did something, in words: you, the same person elsewhere, somebody else, the server. */

/** `login` is that of this page. An actor is `user:<os user>/<login>`, `agent:<model>` or `system`. */
export function whoWords(actor: string, login: string): string {
  if (actor === 'system') return 'vtcode';
  if (actor.startsWith('agent:')) return actor.slice('agent:'.length);
  const [, user = '', from = ''] = /^user:([^/]+)\/(.+)$/.exec(actor) ?? [];
  if (user === '') return actor;
  return from === login ? 'you' : `${user}, elsewhere`;
}
