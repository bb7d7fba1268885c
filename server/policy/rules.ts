/** The rules that count, of all layers, and the facts that a verdict is made of. */
import type { GrantRule } from '../../shared/grant.ts';
import type { GrantId } from '../../shared/ids.ts';
import type { GitMode, NetworkMode } from '../../shared/sandbox.ts';
import type { Decision, Layer, Mode } from '../../shared/verdict.ts';
import type { HostPattern } from '../base/host-pattern.ts';
import type { PathRule } from './paths.ts';
import type { World } from './world.ts';

/** What a settings or policy file says of a tool. */
export interface ToolRule {
  id: string;
  layer: Layer;
  /** file:line */
  source: string;
  /** The tool's name, or `*` for a default policy. */
  tool: string;
  decision: Decision;
  why: string;
}

export interface HostRule {
  id: string;
  layer: Layer;
  /** file:line */
  source: string;
  /** As it is written. */
  text: string;
  pattern: HostPattern;
}

/** What a file says of a command. `words`: the program, then its words as server/policy/pattern.ts reads them. */
export interface CommandRule {
  id: string;
  layer: Layer;
  source: string;
  words: readonly string[];
  decision: Decision;
  why: string;
}

/** A bound on what a tool may be used for. What goes beyond it is denied. */
export interface Constraint {
  id: string;
  layer: Layer;
  source: string;
  tool: string;
  /** `bytes`: of one file · `hosts`: no other · `paths`: globs, no other. */
  bound:
    | { kind: 'bytes'; most: number }
    | { kind: 'hosts'; hosts: readonly string[] }
    | { kind: 'paths'; paths: readonly string[] };
}

export interface Rules {
  /** Of all layers. A workspace file's `allow` is left out by the caller unless that file is trusted as it stands. */
  tools: ToolRule[];
  commands: CommandRule[];
  constraints: Constraint[];
  /** Paths that the user, the organisation or the workspace add to the built-in ones. */
  paths: PathRule[];
  /** Hosts that commands may reach without a question. */
  hosts: HostRule[];
  /** What the organisation gives a command or a terminal at most. */
  most?: { network: Most<NetworkMode>; git: Most<GitMode> };
  /** Set: no state change without a person's allow, in any mode; the source says who wants it. */
  humanInTheLoop: { source: string; layer: Layer } | null;
}

export type Most<T> = { value: T; source: string; layer: Layer } | null;

/** A rule that a person made from a request. */
export interface Standing {
  id: GrantId;
  rule: GrantRule;
}

export interface Facts {
  mode: Mode;
  trusted: boolean;
  actor: 'agent' | 'person';
  /** True where the person allowed this very thing for the session before. */
  granted: boolean;
  /** Standing rules of the person that hold now and here: not expired, their session this one, what they are pinned to as it was. */
  standing: readonly Standing[];
  /** True where commands are confined by all that the sandbox has. */
  boxed: boolean;
  /** Words from outside that are in the session's context, and since when; empty for none. */
  tainted: string;
  world: World;
}
