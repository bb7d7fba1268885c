/** The five voices of a fact. Colour is never alone: an icon and a word go with each. */

export type Tone = 'plain' | 'allowed' | 'waiting' | 'denied' | 'claimed';
