/** Programs of awk, as far as they only read their input and print. */
import { setEnd } from './sets.ts';

/** Why it must be asked for; empty where it only prints. */
export function awkProblem(program: string): string {
  const code = codeOf(program.replace(/\\\n/g, ' '));
  if (code === null) return 'The awk program cannot be read to its end here.';
  if (
    /\b(?:system|getline|close|fflush|ARGV|ARGC|ENVIRON|PROCINFO|SYMTAB|FUNCTAB|extension|load)\b|@|\|(?!\|)(?<!\|\|)/.test(
      code,
    )
  )
    return 'The awk program runs a program, reads further files or variables.';
  return writes(code) ? 'The awk program writes into a file.' : '';
}

/** Without strings, expressions and remarks; null where one of them does not end. */
function codeOf(program: string): string | null {
  let code = '';
  for (let i = 0; i < program.length; i++) {
    const sign = program[i]!;
    if (sign === '#') {
      while (i < program.length && program[i] !== '\n') i++;
      code += '\n';
    } else if (sign === '/' && /[)+-]\s*$/.test(code) && program.indexOf('"', i) >= 0) {
      return null; // a division or an expression: one of the two would hide what follows
    } else if (sign === '"' || (sign === '/' && canBeExpression(code))) {
      const end = closing(program, i);
      if (end < 0) return null;
      // A word stands for it: a value, of which no operator is a part.
      code += ' V ';
      i = end;
    } else code += sign;
  }
  return code;
}

/** After a value a slash divides. */
const canBeExpression = (code: string) =>
  /(?:^|[({,;!~&|\n}=?:<>*%^]|\b(?:in|print|printf|return|exit|case|else|do))\s*$/.test(code);

/** -1 where it does not end, or not for every awk at the same place. */
function closing(text: string, start: number): number {
  const mark = text[start]!;
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '\n') return -1;
    else if (text[i] === mark) return i;
    else if (mark === '/' && text[i] === '[') {
      const end = setEnd(text, i);
      if (end < 0 || /(?<!\\)\//.test(text.slice(i, end))) return -1;
      i = end - 1;
    }
  }
  return -1;
}

/** A `>` in a statement that prints, outside of parentheses, opens a file. */
function writes(code: string): boolean {
  return code.split(/[;}]/).some((statement) => {
    const at = statement.search(/\bprintf?\b/);
    if (at < 0) return false;
    let depth = 0;
    for (const sign of statement.slice(at)) {
      if (sign === '(') depth++;
      else if (sign === ')') depth--;
      else if (sign === '>' && depth <= 0) return true;
    }
    return false;
  });
}
