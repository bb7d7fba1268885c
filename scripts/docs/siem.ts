/** The tables of docs/siem.md, from those that the exports are made by. */
import { BODY, CEF_LABELS, ENVELOPE, FIELDS } from '../../server/store/siem/fields.ts';
import { CLASSES } from '../../server/store/siem/classes.ts';
import { ROWS } from '../../server/store/siem/reading.ts';

type Table = (head: string[], rows: string[][]) => string;

const code = (text: string) => (text === '' ? '' : `\`${text}\``);
const cefKey = (key: string) => {
  const label = CEF_LABELS[key];
  return label === undefined ? code(key) : `${code(key)}, ${code(`${key}Label`)} ${code(label)}`;
};

export const envelopeTable = (table: Table): string =>
  table(
    ['event', 'ECS', 'OCSF', 'CEF', 'OTLP'],
    ENVELOPE.map(([ours, ecs, ocsf, cef, otlp]) => [code(ours), ecs, ocsf, CEF_LABELS[cef] ? cefKey(cef) : cef, otlp]),
  );

export const fieldTable = (table: Table): string =>
  table(
    ['what', 'ECS', 'OCSF', 'CEF', 'OTLP'],
    Object.values(FIELDS).map(({ says, ecs, ocsf, cef, otlp }) => [
      says,
      code(ecs),
      code(ocsf),
      cefKey(cef),
      otlp === BODY ? otlp : code(otlp),
    ]),
  );

export const typeTable = (table: Table): string =>
  table(
    ['type', 'name', 'severity', 'ECS category, type', 'OCSF class: activities'],
    Object.entries(ROWS).map(([type, { name, severity, ecs, ocsf }]) => {
      const [className, ...activities] = ocsf;
      const { caption, uid } = CLASSES[className];
      return [code(type), name, severity, ecs.join(', '), `${caption} ${uid}: ${activities.join(', ')}`];
    }),
  );
