/** Those above the threshold: found, ordered, taken and handed on, one or many at once. */
import { act, actOnAll, taking } from './acts.js';
import { Asks } from './asks.js';
import { downloadList } from './download.js';
import { bandOf, number, percent, recently, scoreText } from './format.js';
import { TEXTS } from './texts.js';
import {
  AlertState,
  Choice,
  Failure,
  html,
  LastActive,
  Message,
  nameOf,
  Panel,
  Reasons,
  Score,
  Standing,
  StudentLink,
  Title,
  useEffect,
  useRead,
  useRef,
  useState,
  Waiting,
} from './ui.js';

const ROWS_A_PAGE = 25;
const COURSES = 1000;
const REASONS_IN_A_ROW = 2;
const FILTERS = ['course', 'band', 'alert', 'assignee', 'contacted', 'tutor', 'group', 'text', 'order'];

/** What the filters of the address mean for the service: no band = above the threshold; `all` = everybody with a score. */
function queryOf(params, threshold) {
  const { band, ...rest } = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? '']));
  if (band === 'all') return { ...rest, scored: true };
  return band ? { ...rest, band } : { ...rest, above: threshold };
}

export function AtRisk({ url, go, summary, said, changed, freshness }) {
  const params = url.searchParams;
  const cursor = params.get('cursor');
  const query = queryOf(params, summary.threshold);
  const { data, error, loading, reload } = useRead([
    ['predictions', { ...query, cursor, limit: ROWS_A_PAGE, trend: true }],
    ['courses', { limit: COURSES }],
    ['assignments'],
  ]);
  const set = (wanted) => {
    const next = new URLSearchParams(
      Object.entries({ ...Object.fromEntries(params), cursor: '', ...wanted }).filter(([, v]) => v !== ''),
    );
    go(`/at-risk${next.size ? `?${next}` : ''}`);
  };
  const renew = () => {
    reload();
    changed();
  };
  return html`<${Title} title=${TEXTS.title} subtitle=${TEXTS.subtitle}>${freshness}<//>
    <${Filters} params=${params} courses=${data?.[1].items ?? []} known=${data?.[2]} set=${set} />
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Waiting} />`}
    ${
      data &&
      html`<${List} page=${data[0]} query=${query} busy=${loading} summary=${summary} set=${set} said=${said} renew=${renew}
        filtered=${FILTERS.some((name) => name !== 'order' && params.get(name))} clear=${() => go('/at-risk')} />`
    }`;
}

function Filters({ params, courses, known, set }) {
  const value = (name) => params.get(name) ?? '';
  const course_options = courses.map((c) => [String(c.course_id), `${c.shortname} · ${c.fullname}`]);
  const bands = Object.entries(TEXTS.bands).reverse();
  const states = [
    ['open', TEXTS.states.open],
    ['acknowledged', TEXTS.states.acknowledged],
    ['none', TEXTS.no_alert],
  ];
  const pick = (name) => (chosen) => set({ [name]: chosen });
  return html`<div id="filters" class="filters">
    <div>
      <label for="text">${TEXTS.columns.student}</label>
      <input id="text" type="search" value=${value('text')} placeholder=${TEXTS.name_or_number} maxlength="200"
        onChange=${(event) => set({ text: event.target.value.trim() })} />
    </div>
    <${Choice} id="course" label=${TEXTS.filter_course} value=${value('course')} options=${[['', TEXTS.all_courses], ...course_options]} onPick=${pick('course')} />
    <${Choice} id="band" label=${TEXTS.filter_band} value=${value('band')} options=${[['', TEXTS.above_threshold], ...bands, ['all', TEXTS.everybody]]} onPick=${pick('band')} />
    <${Choice} id="alert" label=${TEXTS.columns.state} value=${value('alert')} options=${[['', TEXTS.any_state], ...states]} onPick=${pick('alert')} />
    <div>
      <label for="assignee">${TEXTS.assigned_to}</label>
      <input id="assignee" value=${value('assignee')} placeholder=${TEXTS.anyone} maxlength="200"
        onChange=${(event) => set({ assignee: event.target.value.trim() })} />
    </div>
    <${Choice} id="contacted" label=${TEXTS.contacted_lately} value=${value('contacted')} options=${[['', TEXTS.any_contact], ...Object.entries(TEXTS.contacted)]} onPick=${pick('contacted')} />
    ${known?.groups.length > 0 && html`<${Choice} id="group" label=${TEXTS.filter_group} value=${value('group')} options=${[['', TEXTS.all_groups], ...known.groups.map((name) => [name, name])]} onPick=${pick('group')} />`}
    ${known?.tutors.length > 0 && html`<${Choice} id="tutor" label=${TEXTS.filter_tutor} value=${value('tutor')} options=${[['', TEXTS.all_tutors], ...known.tutors.map((tutor) => [String(tutor.user_id), nameOf(tutor)])]} onPick=${pick('tutor')} />`}
    <${Choice} id="order" label=${TEXTS.order} value=${value('order') || 'score'} options=${Object.entries(TEXTS.orders)} onPick=${pick('order')} />
  </div>`;
}

function List({ page, query, busy, summary, set, said, renew, filtered, clear }) {
  const { items, total, next_cursor } = page;
  const [chosen, setChosen] = useState(new Set());
  const [fetching, setFetching] = useState(false);
  const last = useRef(null);
  useEffect(() => setChosen((before) => new Set([...before].filter((key) => items.some((row) => keyOf(row) === key)))), [items]);
  if (items.length === 0)
    return html`<div id="at-risk" class="panel"><${Nothing} summary=${summary} filtered=${filtered} clear=${clear} /></div>`;
  const toggle = (event, index) => {
    const next = new Set(chosen);
    const range = event.shiftKey && last.current !== null ? between(last.current, index) : [index];
    for (const i of range) if (items[i].alert) next[event.target.checked ? 'add' : 'delete'](keyOf(items[i]));
    last.current = index;
    setChosen(next);
  };
  const all = (event) => setChosen(new Set(event.target.checked ? items.filter((row) => row.alert).map(keyOf) : []));
  const rows = items.filter((row) => chosen.has(keyOf(row)));
  const take = async () => {
    const left = await actOnAll(rows, taking(), said);
    setChosen(new Set(left.map(keyOf)));
    renew();
  };
  const one = async (row) => {
    const after = () => renew();
    const saved = await act(row, taking(), TEXTS.acknowledged, {
      ...said,
      conflict: (what) => said.conflict({ ...what, after }),
    });
    if (saved) renew();
  };
  const { student, score, reasons, last_active, state, action, trend } = TEXTS.columns;
  const heads = [student, score, trend, reasons, last_active, state];
  const title = TEXTS.list_count(total, number(total));
  const bulk = html`<button type="button" onClick=${take}>${TEXTS.take}</button>
    <button type="button" onClick=${() => setChosen(new Set())}>${TEXTS.clear_selection}</button>`;
  const whole = async () => {
    setFetching(true);
    await downloadList('predictions', query, 'at-risk.csv').catch(() => said.toast(TEXTS.download_failed));
    setFetching(false);
  };
  const tools = html`<button type="button" disabled=${fetching} onClick=${whole}>${TEXTS.download}</button>`;
  return html`<${Panel} id="at-risk" busy=${busy} title=${rows.length > 0 ? TEXTS.selected(number(rows.length)) : title}
      note=${rows.length > 0 ? taken(rows) : TEXTS.orders[query.order || 'score']} actions=${rows.length > 0 ? bulk : tools}>
    <table>
      <thead><tr>
        <th scope="col"><input class="all" type="checkbox" aria-label=${TEXTS.select_page} onChange=${all} checked=${rows.length > 0 && rows.length === items.filter((r) => r.alert).length} /></th>
        ${heads.map((text) => html`<th scope="col" aria-sort=${text === score && (query.order || 'score') === 'score' ? 'descending' : null}>${text}</th>`)}
        <th scope="col"><span class="unseen">${action}</span></th>
      </tr></thead>
      <tbody>${items.map((row, i) => html`<${Row} key=${keyOf(row)} row=${row} summary=${summary} one=${one} chosen=${chosen.has(keyOf(row))} toggle=${(event) => toggle(event, i)} />`)}</tbody>
    </table>
    ${next_cursor && html`<p class="more"><button type="button" onClick=${() => set({ cursor: next_cursor })}>${TEXTS.next_page}</button></p>`}
  <//>`;
}

const keyOf = (row) => `${row.user_id}/${row.course_id}`;
const between = (a, b) => Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => Math.min(a, b) + i);
const taken = (rows) => {
  const n = rows.filter((row) => row.alert.assignee !== null).length;
  return n === 0 ? '' : TEXTS.already_assigned(number(n));
};

/** Roles are written out: on narrow screens the rows are laid out as cards, and browsers then forget that this is a table. */
function Row({ row, summary, one, chosen, toggle }) {
  const { score, alert, person, course } = row;
  const { threshold, clock } = summary;
  return html`<tr role="row" class=${chosen ? 'chosen' : ''}>
    <td role="cell" class="pick">${alert && html`<input type="checkbox" aria-label=${TEXTS.select(nameOf(person))} checked=${chosen} onClick=${toggle} />`}</td>
    <th scope="row" role="rowheader" class="who">
      <${StudentLink} person=${person} course_id=${row.course_id} />
      <${Asks} unread=${row.unread} />
      <div class="note">${course.shortname} <${Standing} course=${course} /></div>
    </th>
    <td role="cell" class="chance">${score && html`<${Score} score=${score.score} band=${score.band} threshold=${threshold} />`}</td>
    <td role="cell" class="trend">${row.trend && html`<${Trend} trend=${row.trend} threshold=${threshold} />`}</td>
    <td role="cell" class="why">${score && html`<${Reasons} reasons=${score.reasons} most=${REASONS_IN_A_ROW} />`}</td>
    <td role="cell" class="when"><${LastActive} last_active_ms=${row.last_active_ms} now_ms=${clock.now_ms} /></td>
    <td role="cell" class="status"><${AlertState} alert=${alert} contact=${row.last_contact} now_ms=${clock.now_ms} /></td>
    <td role="cell" class="act">${alert?.state === 'open' && html`<button type="button" aria-label=${TEXTS.take_for(nameOf(person))} onClick=${() => one(row)}>${TEXTS.take}</button>`}</td>
  </tr>`;
}

const SPARK = { width: 92, height: 28 };

/** The scores of four weeks on one scale for all rows, 0 to 100%; the words beside it say what it shows. */
function Trend({ trend, threshold }) {
  if (trend.length < 2) return html`<span class="note">${TEXTS.trend_short}</span>`;
  const { width, height } = SPARK;
  const [from, to] = [trend[0].as_of_ms, trend.at(-1).as_of_ms];
  const x = (ms) => 2 + ((width - 6) * (ms - from)) / (to - from);
  const y = (score) => height - 3 - (height - 6) * score;
  const points = trend.map(({ as_of_ms, score }) => `${x(as_of_ms).toFixed(1)},${y(score).toFixed(1)}`).join(' ');
  const points_up = Math.round((trend.at(-1).score - trend[0].score) * 100);
  return html`<svg class="spark" viewBox="0 0 ${width} ${height}" aria-hidden="true">
      <line class="mark" x1="0" x2=${width} y1=${y(threshold)} y2=${y(threshold)} />
      <polyline points=${points} />
      <circle cx=${x(to)} cy=${y(trend.at(-1).score)} r="2.5" />
    </svg>
    <div class="note">${TEXTS.trend(points_up, number(Math.abs(points_up)))}</div>`;
}

function Nothing({ summary, filtered, clear }) {
  const { at_risk, scored, highest_score, threshold, clock } = summary;
  if (filtered)
    return html`<${Message} text=${TEXTS.filtered(at_risk, number(at_risk))} button=${TEXTS.clear_filters} act=${clear} />`;
  if (scored === 0 || highest_score === null) return html`<${Message} text=${TEXTS.empty_unscored} />`;
  const highest = scoreText(highest_score, bandOf(highest_score, threshold), threshold);
  const when = recently(clock.last_tick_ms ?? clock.now_ms, clock.now_ms);
  return html`<${Message} text=${TEXTS.empty(scored, number(scored), when, highest, percent(threshold))} />`;
}
