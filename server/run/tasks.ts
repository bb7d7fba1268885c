/** Commands in the background: each belongs to the session that started it, and none outlives the server. */
import { LIMITS } from '../../shared/limits.ts';
import type { Ended, Execution } from './exec.ts';
import type { Stretch } from './output.ts';
import { type Left, NOTHING_LEFT } from './words.ts';

export interface Task {
  /** `task_1`, `task_2` … in the order of the session. */
  id: string;
  /** The command, as it was asked for. */
  title: string;
  startedAt: number;
  /** Null while it runs. */
  ended: Ended | null;
  /** Empty until it has ended. */
  left: Left;
  bytes(): number;
}

export interface Tasks {
  /** True where the session may not start another one. */
  full(owner: string): boolean;
  /** Holds a running command. `settled` is its end, looked at and recorded; it must not reject. */
  add(owner: string, held: { title: string; execution: Execution; settled: Promise<Left> }): Task;
  list(owner: string): Task[];
  /** What it printed since the last reading; null where the session has no such task. */
  read(owner: string, id: string): { task: Task; stretch: Stretch; skipped: number } | null;
  /** Stops it and waits for its end. Null where the session has no such task. */
  stop(owner: string, id: string): Promise<Task | null>;
  /** True while one of them runs. */
  busy(owner: string): boolean;
  /** Stops all of a session, waits until their ends are recorded, and forgets them. */
  end(owner: string): Promise<void>;
  /** Stops all of all sessions and waits until their ends are recorded. */
  close(): Promise<void>;
}

interface Held extends Task {
  execution: Execution;
  settled: Promise<Left>;
  /** Bytes that were read. */
  read: number;
}

export function createTasks(): Tasks {
  const owners = new Map<string, Map<string, Held>>();
  const count = new Map<string, number>();
  const of = (owner: string) => owners.get(owner) ?? new Map<string, Held>();
  const running = (owner: string) => [...of(owner).values()].filter((task) => task.ended === null);

  return {
    full: (owner) => running(owner).length >= LIMITS.tasks.value,
    add(owner, { title, execution, settled }) {
      const number = (count.get(owner) ?? 0) + 1;
      count.set(owner, number);
      const task: Held = {
        ...{ id: `task_${number}`, title, startedAt: Date.now(), ended: null, read: 0, left: NOTHING_LEFT },
        ...{ execution, settled, bytes: execution.output.bytes },
      };
      void execution.ended.then((ended) => void (task.ended = ended));
      void settled.then((left) => void (task.left = left));
      const own = of(owner).set(task.id, task);
      owners.set(owner, own);
      forgetOldest(own);
      return task;
    },
    list: (owner) => [...of(owner).values()],
    read(owner, id) {
      const task = of(owner).get(id);
      if (!task) return null;
      const stretch = task.execution.output.since(task.read);
      const skipped = stretch.from - task.read;
      task.read = stretch.to;
      return { task, stretch, skipped };
    },
    async stop(owner, id) {
      const task = of(owner).get(id);
      if (!task) return null;
      if (task.ended === null) task.execution.stop();
      task.ended = await task.execution.ended;
      task.left = await task.settled;
      return task;
    },
    busy: (owner) => running(owner).length > 0,
    async end(owner) {
      await stopAll([...of(owner).values()]);
      owners.delete(owner);
      count.delete(owner);
    },
    close: () => stopAll([...owners.values()].flatMap((own) => [...own.values()])),
  };
}

async function stopAll(all: readonly Held[]): Promise<void> {
  for (const task of all) if (task.ended === null) task.execution.stop();
  await Promise.all(all.map(({ settled }) => settled));
}

function forgetOldest(own: Map<string, Held>): void {
  for (const [id, task] of own) {
    if (own.size <= LIMITS.keptTasks.value) return;
    if (task.ended !== null) own.delete(id);
  }
}
