/** The arguments of a tool as a schema that a model can fill in, with errors that it can act on. */
import * as z from 'zod';
import { nearest } from '../base/nearest.ts';
import { visible } from '../base/visible.ts';

/** An object of exactly these keys. A key that is none of them is an error that names the right one. */
export function inputOf<Shape extends z.core.$ZodShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, keys) : undefined),
  });
}

function unknownKeys(unknown: readonly string[], keys: readonly string[]): string {
  const said = unknown.slice(0, 5).map((key) => {
    const near = nearest(key, keys);
    return `${JSON.stringify(visible(key, 60))}${near === null ? '' : ` (did you mean ${JSON.stringify(near)}?)`}`;
  });
  const takes = keys.length === 0 ? 'It takes none.' : `It takes: ${keys.join(', ')}.`;
  return `There is no argument ${said.join(', ')}. ${takes}`;
}

export const pathArgument = (what: string) =>
  z.string().describe(`${what}, relative to the workspace, with / between names.`);
