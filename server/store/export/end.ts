/** The end of an export, from its receipt alone: whoever checks one makes it again and compares. */
import { EXPORT_MARKS, type ExportFormat, type Receipt } from '../../../shared/receipt.ts';
import { fenced } from '../markdown-text.ts';
import { INFO } from '../md/blocks.ts';
import { receiptHtml } from './receipt-html.ts';

/** From the mark to the last byte. */
export function exportEnd(format: ExportFormat, receipt: Receipt): string {
  const mark = EXPORT_MARKS[format];
  switch (format) {
    case 'md':
      return `${mark}\n\n${fenced(JSON.stringify(receipt, null, 2), INFO.receipt)}\n`;
    case 'json':
      return `${mark}${JSON.stringify(receipt)}}\n`;
    case 'html':
      return `${mark}\n${receiptHtml(receipt)}`;
  }
}
