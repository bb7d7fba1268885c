/** The process environment, read once at start: keys are taken out of it, and only what is named here is read from it. */

export interface Environment {
  /** All variables but the secret ones. */
  variables: Readonly<Record<string, string>>;
  /**
   * The value of a secret variable, or of one that a setting names; empty is none. It is taken out of the process environment,
   * so that neither a child nor a library finds it there. (Linux still shows the environment that a process was started with
   * to processes of the same user: only the sandbox keeps the agent's commands from that.)
   */
  secret(name: string): string | null;
  /** The variables, secret ones too, that a child of the host is to have by their names. */
  pick(wanted: (name: string) => boolean): Record<string, string>;
}

/** By its name, a variable that holds a secret: nothing of ours but the providers' set-up may read it. */
const SECRET_NAME = /(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)(?:_|$)/i;

/** What the variables hold that hold a secret by their names. */
export const secretValues = (env: NodeJS.ProcessEnv): string[] =>
  Object.entries(env).flatMap(([name, value]) => (value !== undefined && SECRET_NAME.test(name) ? [value] : []));

/** Takes every secret out of `env`, which is the environment of the process. Call it once, first. */
export function takeEnvironment(env: NodeJS.ProcessEnv): Environment {
  const secrets = new Map<string, string>();
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (SECRET_NAME.test(name)) {
      secrets.set(name, value);
      delete env[name];
    } else variables[name] = value;
  }
  return {
    variables,
    secret(name) {
      if (Object.hasOwn(variables, name)) {
        secrets.set(name, variables[name]!);
        delete variables[name];
        delete env[name];
      }
      return secrets.get(name) || null; // an empty variable is as good as none
    },
    pick: (wanted) => Object.fromEntries([...Object.entries(variables), ...secrets].filter(([name]) => wanted(name))),
  };
}
