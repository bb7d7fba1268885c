/** ask_user: a question to the person, whose answer is all that comes of it. */
import * as z from 'zod';
import { LIMITS } from '../../shared/limits.ts';
import { refused } from './current.ts';
import { inputOf } from './input.ts';
import type { Tool } from './tool.ts';

const input = inputOf({
  question: z.string().max(LIMITS.reasonChars.value).describe('The question, short and complete.'),
  choices: z
    .array(z.string().max(200))
    .max(10)
    .optional()
    .describe('Answers to choose from, if there are a few; the person may always write another.'),
});

export const askUser: Tool<z.infer<typeof input>> = {
  name: 'ask_user',
  description:
    'Asks the person a question and waits for the answer. Use it when only they can decide, not for what you can find out yourself.',
  input,
  access: 'none',
  plan: ({ question, choices = [] }) =>
    Promise.resolve(
      question.trim() === ''
        ? refused('bad_arguments', '`question` is empty. Write what you want to know.')
        : { kind: 'action', action: { kind: 'question', tool: 'ask_user', question, choices } },
    ),
};
