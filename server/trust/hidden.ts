/** Counts what a text holds and a reader does not see. */

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const PLAIN = /[\t\n\r]|^\uFEFF/g;
/** A pictograph, and others joined to it: the joiners and selectors in it are how it is written, and show. */
const EMOJI =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?(?:\u200D[\p{Extended_Pictographic}]\uFE0F?[\p{Emoji_Modifier}]?)*|[0-9#*]\uFE0F\u20E3/gu;

/** Control, reading-direction, zero-width, tag and filler characters; line ends, tabs and emoji as usual are none. */
export const countHidden = (text: string): number =>
  text.replace(PLAIN, '').replace(EMOJI, '').match(HIDDEN)?.length ?? 0;
