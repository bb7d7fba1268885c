/** An event as a record of the Common Event Format. */
import { CEF_LABELS, type Field, FIELDS } from './fields.ts';
import { type Origin, type Reading } from './reading.ts';
import { NUMBERS } from './severity.ts';

/** `CEF:0|vendor|product|version|signature id|name|severity|extension`: one line, whatever the event holds. */
export function toCef({ event, row, facts, severity }: Reading, { version, hostname, root }: Origin): string {
  const header = ['vtcode', 'vtcode', version, event.type, row.name, String(NUMBERS[severity].cef)];
  const pairs: [string, string][] = [
    ['rt', String(Date.parse(event.at))],
    ['externalId', event.id],
    ['dvchost', hostname],
    ['cat', event.type.split('.')[0]!],
    ['suser', event.actor],
    ['cn1', String(event.seq)],
    ['cs1', event.chain],
    ...(event.turn === null ? [] : ([['cs2', event.turn]] as [string, string][])),
    ['cs5', event.hash],
    ['deviceFacility', root],
    ...Object.entries(facts).flatMap(([name, value]): [string, string][] => {
      const { cef } = FIELDS[name as Field]; // its keys are fields
      return cef === '' ? [] : [[cef, typeof value === 'object' ? value.join(' ') : String(value)]];
    }),
  ];
  const labelled = pairs.flatMap(([key, value]): [string, string][] => {
    const label = CEF_LABELS[key];
    return label === undefined
      ? [[key, value]]
      : [
          [key, value],
          [`${key}Label`, label],
        ];
  });
  const extension = labelled.map(([key, value]) => `${key}=${inExtension(value)}`).join(' ');
  return `CEF:0|${header.map(inHeader).join('|')}|${extension}`;
}

/** Of the header, `\` and `|` are escaped, and a line end cannot be written. */
const inHeader = (text: string): string =>
  plain(text)
    .replace(/[\\|]/g, '\\$&')
    .replace(/[\r\n]+/g, ' ');

/** Of the extension, `\` and `=`; line ends as `\n` and `\r`. */
const inExtension = (text: string): string =>
  plain(text).replace(/[\\=]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

/** Without the other controls and separators, at which a reader may take a record for two. */
const plain = (text: string): string =>
  text.replace(/\p{Cs}/gu, '\uFFFD').replace(/(?![\r\n])[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
