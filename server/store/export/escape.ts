/** Foreign text as HTML that shows it and does nothing: every sign that could act is an entity, every hidden one is spelt out. */

/** Text of a document, and of an attribute in double quotes. Line ends and tabs stay. */
export function escapeHtml(text: string): string {
  return text.replace(SIGNS, (sign) => ENTITIES[sign] ?? spelled(sign));
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Besides those: controls, directions, what is invisible, lone surrogates. */
const SIGNS = /[&<>"']|(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const spelled = (sign: string): string => `U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
