/** What a standing rule is pinned to, as it is now. Reads, and follows no link. */
import type { GrantPin, GrantRule } from '../../shared/grant.ts';
import { LIMITS } from '../../shared/limits.ts';
import { readWhole } from '../base/contained-read.ts';
import { digest, sha256 } from '../base/hash.ts';

/** `absent` where there is no such file. Null where it cannot be read, or is not what is hashed of it: nothing is held to that. */
export async function hashPin(root: string, pin: Pick<GrantPin, 'what' | 'path'>): Promise<GrantPin['sha256'] | null> {
  const read = await readWhole(root, pin.path, { follow: 'none', max: LIMITS.rulePinBytes.value });
  if (!read.ok) return null;
  if (read.state === 'absent') return 'absent';
  return pin.what === 'file' ? sha256(read.bytes) : hashScripts(read.bytes.toString('utf8'));
}

/** Whether all that a rule is pinned to is as it was. */
export async function pinsHold(root: string, rule: GrantRule): Promise<boolean> {
  if (rule.kind !== 'command') return true;
  for (const pin of rule.pins) if ((await hashPin(root, pin)) !== pin.sha256) return false;
  return true;
}

function hashScripts(text: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    return digest('scripts' in parsed ? parsed.scripts : {});
  } catch {
    return null; // no JSON: the runner would not take it either
  }
}
