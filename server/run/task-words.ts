/** What a session asks of its commands in the background, and what the model is told of them. */
import type { TaskAction } from '../../shared/action.ts';
import type { Ended } from './exec.ts';
import type { Performed } from './perform.ts';
import { plainText } from './plain.ts';
import { leftWords, uncoveredWords, WITHHELD } from './words.ts';
import type { Task, Tasks } from './tasks.ts';

export async function performTask(tasks: Tasks, action: TaskAction, owner: string): Promise<Performed> {
  switch (action.tool) {
    case 'list_tasks':
      return list(tasks.list(owner));
    case 'read_task':
      return read(tasks, action.id, owner);
    case 'stop_task': {
      const task = await tasks.stop(owner, action.id);
      return task === null
        ? unknown(tasks, action.id, owner)
        : done(`${line(task)}\nread_task still tells its output.`);
    }
  }
}

function list(all: Task[]): Performed {
  return done(all.length === 0 ? 'This session has no command in the background.' : all.map(line).join('\n'));
}

function read(tasks: Tasks, id: string, owner: string): Performed {
  const found = tasks.read(owner, id);
  if (!found) return unknown(tasks, id, owner);
  const { task, stretch, skipped } = found;
  const gap = skipped > 0 ? `\n[${skipped} bytes before this were not read in time and are left out]` : '';
  const isBare = task.ended?.uncovered?.isSecret === true;
  const text = isBare ? WITHHELD : stretch.text === '' ? 'Nothing new was printed.' : plainText(stretch.text);
  return done([`${line(task)}${gap}`, text, ...leftWords(task.left)].join('\n'));
}

function unknown(tasks: Tasks, id: string, owner: string): Performed {
  const ids = tasks.list(owner).map((task) => task.id);
  const known = ids.length === 0 ? 'It has none: they end with the server.' : `It has: ${ids.join(', ')}.`;
  const message = `This session has no background command ${JSON.stringify(id)}. ${known}`;
  return { outcome: { status: 'failed', code: 'not_found', message }, content: message };
}

function line({ id, title, startedAt, ended, bytes }: Task): string {
  const state =
    ended === null
      ? `running for ${Math.round((Date.now() - startedAt) / 1000)} s`
      : `ended after ${(ended.durationMs / 1000).toFixed(1)} s, ${byWhat(ended)}`;
  return `${id}: ${state}, ${bytes()} bytes printed: ${title.split('\n')[0]!.slice(0, 200)}`;
}

function byWhat({ code, signal, uncovered }: Ended): string {
  if (uncovered !== null) return `by the sandbox: ${uncoveredWords(uncovered)}`;
  return code === null ? signal : `exit code ${code}`;
}

const done = (content: string): Performed => ({
  outcome: { status: 'done', summary: content.split('\n')[0]!, bytes: Buffer.byteLength(content), truncated: false },
  content,
});
