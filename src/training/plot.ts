/** One series as a picture in SVG, with axes, without a script. */

export interface Plot {
  title: string;
  x: string;
  y: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Drawn dashed, to compare with. */
  reference?: readonly (readonly [number, number])[];
  /** The span of the points by default. */
  x_range?: readonly [number, number];
  y_range?: readonly [number, number];
}

const WIDTH = 640;
const HEIGHT = 280;
const LEFT = 56;
const BOTTOM = 44;
const TOP = 12;
const TICKS = 5;

function span(values: readonly number[]): readonly [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** Points that are no numbers are left out. The texts must be safe: they are ours. */
export function linePlot({ title, x, y, points, reference, x_range, y_range }: Plot): string {
  const known = points.filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  if (known.length === 0) return '';
  const [x_low, x_high] = x_range ?? span(known.map(([a]) => a));
  const [y_low, y_high] = y_range ?? span(known.map(([, b]) => b));
  const px = (a: number) => LEFT + ((a - x_low) / (x_high - x_low)) * (WIDTH - LEFT - TOP);
  const py = (b: number) => HEIGHT - BOTTOM - ((b - y_low) / (y_high - y_low)) * (HEIGHT - BOTTOM - TOP);
  const at = ([a, b]: readonly [number, number]) => `${px(a).toFixed(1)},${py(b).toFixed(1)}`;
  const ticks = Array.from({ length: TICKS }, (_, i) => i / (TICKS - 1));
  const shown = (value: number) => String(Math.round(value * 100) / 100);
  const marks = ticks.flatMap((share) => [
    `<text x="${px(x_low + share * (x_high - x_low)).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${shown(x_low + share * (x_high - x_low))}</text>`,
    `<text x="${LEFT - 8}" y="${(py(y_low + share * (y_high - y_low)) + 4).toFixed(1)}" text-anchor="end">${shown(y_low + share * (y_high - y_low))}</text>`,
  ]);
  const dashed = reference ? `<polyline class="series dashed" points="${reference.map(at).join(' ')}"/>` : '';
  const dots = known.map((point) => `<circle cx="${px(point[0]).toFixed(1)}" cy="${py(point[1]).toFixed(1)}" r="3"/>`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title>
<path class="axis" fill="none" d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - TOP}"/>${marks.join('')}
<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x}</text><text x="${LEFT + 6}" y="${TOP + 8}">${y}</text>
${dashed}<polyline class="series" points="${known.map(at).join(' ')}"/>${dots.join('')}</svg>`;
}
