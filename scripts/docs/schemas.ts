/** The JSON Schemas of the settings files, for editors: made from what the files are read with. */
import { z } from 'zod';
import { ToolPolicyFile, UserConfig, WorkspaceConfig } from '../../shared/config.ts';

/** By their path below docs/. */
export const SCHEMAS: Record<string, () => string> = {
  'schema/tool-policy.schema.json': () => schemaText(ToolPolicyFile, 'tool-policy.json of vtcode'),
  'schema/vtcode.schema.json': () => schemaText(WorkspaceConfig, 'vtcode.toml of a workspace, or of the organisation'),
  'schema/config.schema.json': () => schemaText(UserConfig, "config.toml of a person's own vtcode"),
};

function schemaText(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}
