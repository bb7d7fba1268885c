/** Makes the receipt of an export from its events, and signs it. */
import type { AnswerKind, SessionEvent } from '../../../shared/event.ts';
import { receiptStatement, type Receipt, type ReceiptFacts } from '../../../shared/receipt.ts';
import type { Signer } from '../../base/signer.ts';
import { netChanges } from '../histories.ts';

/** What is known of an export besides its events. */
export type ExportFacts = Pick<ReceiptFacts, 'madeAt' | 'version' | 'format' | 'session' | 'full' | 'redacted'>;

export interface ReceiptCounts {
  take(event: SessionEvent): void;
  /** `text`: the SHA-256 of what stands before it. Throws where no event was taken. */
  sign(signer: Signer, rest: Pick<ReceiptFacts, 'text' | 'masked'>): Receipt;
}

export function countForReceipt(facts: ExportFacts): ReceiptCounts {
  const models = new Map<string, ReceiptFacts['models'][number]>();
  const [policies, toolPolicies] = [new Set<string>(), new Set<string>()];
  const answers: Partial<Record<AnswerKind, number>> = {};
  const changes: Parameters<typeof netChanges>[0][number][] = [];
  const counts = { events: 0, requested: 0, expired: 0 };
  let last: SessionEvent | null = null;
  let imported = false;

  const take = (event: SessionEvent): void => {
    last = event;
    counts.events++;
    switch (event.type) {
      case 'turn.started':
      case 'message.assistant':
        if ('policy' in event.data && event.data.policy !== undefined) toolPolicies.add(event.data.policy);
        models.set(`${event.data.provider}\n${event.data.model}`, pick(event.data));
        break;
      case 'command.started':
        policies.add(event.data.policy);
        break;
      case 'approval.requested':
        counts.requested++;
        break;
      case 'approval.resolved':
        answers[event.data.answer] = (answers[event.data.answer] ?? 0) + 1;
        break;
      case 'approval.expired':
        counts.expired++;
        break;
      case 'file.changed':
        changes.push(event.data);
        break;
      case 'session.imported':
        imported = true;
        break;
    }
  };
  return {
    take,
    sign(signer, { text, masked }) {
      if (last === null) throw new Error('a receipt is made of at least one event');
      const { chainSeq, hash } = last;
      const made: ReceiptFacts = {
        kind: 'vtcode receipt',
        v: 1,
        ...facts,
        head: { events: counts.events, chainSeq, hash },
        text,
        models: [...models.values()],
        ...{ policies: [...policies], toolPolicies: [...toolPolicies] },
        approvals: { requested: counts.requested, answers, expired: counts.expired },
        files: netChanges(changes).map(({ path, from, before, after }) => ({ path, from, before, after })),
        imported,
        masked,
      };
      return { ...made, key: signer.publicKey, signature: signer.sign(receiptStatement(made)) };
    },
  };
}

const pick = ({ provider, model }: { provider: string; model: string }) => ({ provider, model });
