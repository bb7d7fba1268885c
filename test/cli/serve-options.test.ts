/** The seam between the command line and the server carries nothing that nobody reads. */
import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { expect, test } from 'vitest';

async function parsed(name: string): Promise<ts.SourceFile> {
  const text = await readFile(new URL(`../../server/${name}`, import.meta.url), 'utf8');
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

/** Names that are taken of an object: `a.name`, and `{ name }` of what is unpacked. */
function taken(node: ts.Node, names = new Set<string>()): Set<string> {
  if (ts.isPropertyAccessExpression(node)) names.add(node.name.text);
  if (ts.isBindingElement(node)) names.add((node.propertyName ?? node.name).getText());
  ts.forEachChild(node, (child) => void taken(child, names));
  return names;
}

test('every option of the server is read by it', async () => {
  const interfaces = (await parsed('cli/serve-options.ts')).statements.filter(ts.isInterfaceDeclaration);
  const options = interfaces.filter(({ name }) => ['HouseOptions', 'ServeOptions'].includes(name.text));
  const behind = await Promise.all(
    [
      'serve.ts',
      'ground.ts',
      'doors.ts',
      'house.ts',
      'wire.ts',
      'models.ts',
      'standing.ts',
      'confine.ts',
      'sharing.ts',
    ].map(parsed),
  );
  const read = new Set(behind.flatMap((file) => [...taken(file)]));
  const names = options.flatMap(({ members }) => members.map((member) => member.name!.getText()));
  expect(names).toEqual(expect.arrayContaining(['root', 'port']));
  expect(names.filter((name) => !read.has(name))).toEqual([]);
});
