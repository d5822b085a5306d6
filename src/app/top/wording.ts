/** Figures as people read them: 12,345 and 1.23 M, 3 ms and 2 h 5 min, 212 MB. */

const DASH = '–';
/** From here on a count is told in millions: eight digits are no longer read at a glance. */
const MILLIONS_FROM = 10_000_000;
const UNITS: [string, number][] = [
  ['G', 1e9],
  ['M', 1e6],
];

export function numberText(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return DASH;
  if (Math.abs(value) < MILLIONS_FROM) return Math.round(value).toLocaleString('en-GB');
  const [unit, size] = UNITS.find(([, least]) => Math.abs(value) >= least)!;
  return `${(value / size).toPrecision(3)} ${unit}`;
}

/** Nothing is 0, and little is never 0. */
export function rateText(per_s: number | null): string {
  if (per_s === null) return DASH;
  if (per_s === 0) return '0';
  return per_s < 0.1 ? '< 0.1' : per_s < 10 ? per_s.toFixed(1) : numberText(per_s);
}

export function secondsText(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return DASH;
  if (seconds === 0) return '0 s';
  if (seconds < 0.0995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${numberText(Math.floor(hours / 24))} d ${hours % 24} h`;
}

export function bytesText(bytes: number | null): string {
  if (bytes === null) return DASH;
  const megabytes = bytes / 1e6;
  return megabytes < 1_000 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1_000).toFixed(1)} GB`;
}

/** Names come from files, topics and senders: what would steer a terminal is made harmless. */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff00-\uff60]/u;

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const letter of text) width += /\p{M}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
  return width;
}

/** At most so many columns; what is cut off shows: `moodle.mood…`. */
export function clipped(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const letter of text) {
    if (widthOf(kept + letter) > width - 1) break;
    kept += letter;
  }
  return width > 0 ? `${kept}…` : '';
}

export function padded(text: string, width: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(width - widthOf(text), 0));
  return side === 'left' ? text + space : space + text;
}
