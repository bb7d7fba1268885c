/** The page's own Trusted Types policy: it lets one script address through, that of our stream worker. */

interface Policy {
  createScriptURL(url: string): string;
}
interface Factory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

let policy: Policy | null = null;
let allowed = '';

/** The address as the browser's sinks want it: a TrustedScriptURL where it enforces Trusted Types, else the string itself. */
export function workerAddress(url: string): string {
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  if (factory === undefined) return url;
  allowed = url;
  policy ??= factory.createPolicy('vtcode', {
    createScriptURL: (asked) => {
      if (asked !== allowed) throw new TypeError(`vtcode loads no script but its stream worker, not ${asked}`);
      return asked;
    },
  });
  return policy.createScriptURL(url);
}
