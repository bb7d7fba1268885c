/** The key that makes a letter a command, by its name on this machine. */

export const MODIFIER = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
