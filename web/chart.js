/** Lines over time or over a threshold, drawn by uPlot in the colours of the page, each with a sentence and a table. */
import uPlot from '/vendor/uplot.js';
import { dayText } from './format.js';
import { TEXTS } from './texts.js';
import { html, useEffect, useRef } from './ui.js';

const HEIGHT = 180;
/** One line of ticks: uPlot leaves room for two and the name of the axis, which here is in the unit. */
const TICKS_HEIGHT = 26;
/** Counts have whole ticks. */
const WHOLE = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000].flatMap((n) => [n, 2 * n, 5 * n]);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/**
 * `x`: seconds, shown by `x_shown` in the table and `x_ticks` on the axis. `series`: label, values, `shown(value)`, and `look`: line, dashed, dotted, broken, bars, points-1 … 4, or hidden (an edge of the band);
 * drawn in their order. `band`: which two series have the space between them filled. `y`: [least, most] of the axis.
 * `time`: false where x is a number, called `x_name`. `marks`: upright lines at `at`, whole or dashed.
 */
export function Chart({ label, unit, x, x_shown, series, band = null, y, ...rest }) {
  const {
    x_ticks = (at) => dayText(at / 86_400),
    time = true,
    x_name = TEXTS.when,
    marks = [],
    band_name = TEXTS.middle_half,
  } = rest;
  const place = useRef(null);
  const key = JSON.stringify([x, series.map(({ values }) => values), marks]);
  useEffect(() => {
    const draw = () => {
      const options = optionsOf({ x, x_ticks, time, series, band, y, marks, width: place.current.clientWidth });
      return new uPlot(options, [x, ...series.map(({ values }) => values)], place.current);
    };
    let plot = draw();
    const again = () => {
      plot.destroy();
      plot = draw();
    };
    const wide = new ResizeObserver(() => plot.setSize({ width: place.current.clientWidth, height: HEIGHT }));
    wide.observe(place.current);
    const theme = matchMedia('screen and (prefers-color-scheme: dark)');
    theme.addEventListener('change', again);
    return () => {
      wide.disconnect();
      theme.removeEventListener('change', again);
      plot.destroy();
    };
  }, [key]);
  return html`<div class="chart">
    <p class="note">${unit}</p>
    <p class="legend">${series.map(({ label: name, look }) => look !== 'hidden' && html`<span class=${`key ${look}`}>${name}</span>`)}${band && html`<span class="key half">${band_name}</span>`}</p>
    <div ref=${place} class="canvas" role="img" aria-label=${label}></div>
    <p>${label}</p>
    <details>
      <summary>${TEXTS.as_table}</summary>
      <div class="scroll" tabindex="0" role="group" aria-label=${label}>
        <table class="small">
          <thead><tr><th scope="col">${x_name}</th>${series.map(({ label: name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
          <tbody>${x.map((at, i) => html`<tr><th scope="row">${x_shown(at)}</th>${series.map(({ values, shown }) => html`<td class="number">${values[i] === null ? '–' : shown(values[i])}</td>`)}</tr>`)}</tbody>
        </table>
      </div>
    </details>
  </div>`;
}

function optionsOf({ x, x_ticks, time, series, band, y, marks, width }) {
  const [ink, line] = [colour('ink-3'), colour('line')];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '12px system-ui' };
  // Bars of the first and the last week are whole.
  const half = series.some(({ look }) => look === 'bars') && x.length > 1 ? (x[1] - x[0]) / 2 : 0;
  return {
    width,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'UTC'),
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time, range: [x[0] - half, x.at(-1) + half] }, y: { range: y } },
    axes: [
      { ...axis, size: TICKS_HEIGHT, grid: { show: false }, space: 72, values: (_, ticks) => ticks.map((tick) => x_ticks(tick)) },
      {
        ...axis,
        size: 52,
        ...(y[1] > 1 ? { incrs: WHOLE } : {}),
        values: (_, ticks) => ticks.map((tick) => series[0].shown(tick)),
      },
    ],
    bands: band ? [{ series: [band[0] + 1, band[1] + 1], fill: colour('cohort') }] : [],
    hooks: { draw: marks.map((mark) => (plot) => upright(plot, mark)) },
    series: [{}, ...series.map(drawn)],
  };
}

function upright({ ctx, bbox, valToPos }, { at, dashed }) {
  const x = Math.round(valToPos(at, 'x', true));
  ctx.save();
  ctx.strokeStyle = colour('ink-2');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dashed ? [6, 4].map((n) => n * devicePixelRatio) : []);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** So few values are seen as points too: one alone makes no line. */
const POINTED_MAX = 8;

function drawn({ label, look, values }) {
  const few = values.filter((value) => value !== null).length <= POINTED_MAX;
  const plain = { label, points: { show: few && look !== 'bars' && look !== 'hidden', size: 5 } };
  if (look === 'hidden') return { ...plain, stroke: 'transparent', width: 0 };
  if (look === 'bars') {
    const paths = uPlot.paths.bars({ size: [0.6, 28] });
    return { ...plain, stroke: colour('series-1'), fill: colour('series-1'), width: 0, paths };
  }
  const [tone, dash] = LOOKS[look] ?? [look.slice(-1), []];
  const stroke = colour(`series-${tone}`);
  if (look.startsWith('points')) return { ...plain, stroke, width: 0, points: { show: true, size: 7, fill: stroke } };
  return { ...plain, stroke, width: 2, dash };
}

/** Each line also by its dash: never colour alone. */
const LOOKS = { line: [1, []], dashed: [2, [6, 4]], dotted: [3, [2, 3]], broken: [4, [10, 3, 2, 3]] };
