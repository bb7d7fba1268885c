/** Says a zod schema in one line that a reader of the docs knows: `{id: text, mode: "plan" or "ask"}`. */
import * as z from 'zod';

/** Schemas with a name of their own are said by their name. */
export type Names = ReadonlyMap<z.core.$ZodType, string>;

export function shapeOf(schema: z.core.$ZodType, names: Names): string {
  return names.get(schema) ?? describe(schema, names);
}

/** The fields of an object, one `name: shape` each; an optional field has a `?` after its name. */
export function fieldsOf(schema: z.core.$ZodType, names: Names): [name: string, shape: string][] {
  if (!(schema instanceof z.ZodObject)) return [];
  const entries: [string, z.core.$ZodType][] = Object.entries(schema.shape);
  return entries.map(([name, field]) => [`${name}${isOptional(field) ? '?' : ''}`, shapeOf(field, names)]);
}

const isOptional = (schema: z.core.$ZodType) => schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;

function describe(schema: z.core.$ZodType, names: Names): string {
  const of = (inner: z.core.$ZodType) => shapeOf(inner, names);
  if (schema instanceof z.ZodOptional) return of(schema.unwrap());
  if (schema instanceof z.ZodDefault) return of(schema.unwrap());
  if (schema instanceof z.ZodNullable) return `${of(schema.unwrap())} or null`;
  if (schema instanceof z.ZodArray) return `list of ${of(schema.element)}`;
  if (schema instanceof z.ZodRecord) return `map of text to ${of(schema.valueType)}`;
  if (schema instanceof z.ZodUnion) return schema.options.map(of).join(' or ');
  if (schema instanceof z.ZodEnum) return schema.options.map((value) => `"${value}"`).join(' or ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => JSON.stringify(value)).join(' or ');
  if (schema instanceof z.ZodPipe) return of(schema.in);
  if (schema instanceof z.ZodObject) {
    const fields = fieldsOf(schema, names).map(([name, shape]) => `${name}: ${shape}`);
    return fields.length === 0 ? 'nothing' : `{${fields.join(', ')}}`;
  }
  return simple(schema);
}

const SIMPLE: Record<string, string> = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  unknown: 'JSON',
  lazy: 'JSON',
};

function simple(schema: z.core.$ZodType): string {
  const said = SIMPLE[schema._zod.def.type];
  if (said === undefined) throw new Error(`shapeOf has no word for ${schema._zod.def.type}: add one`);
  return said;
}
