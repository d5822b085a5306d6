/** Those above the threshold: found, ordered, taken and handed on, one or many at once. */
import { act, taking } from './acts.js';
import { Asks } from './asks.js';
import { BulkActions, SelectAll, useEscape } from './bulk.js';
import { chosenOf, keyOf, useChosen, useHome } from './chosen.js';
import { Download } from './download.js';
import { bandOf, number, percent, recently, scoreText } from './format.js';
import { namesOf } from './forms.js';
import { isSameName, mayAct, me } from './person.js';
import { TEXTS } from './texts.js';
import {
  AlertState,
  Choice,
  Failure,
  html,
  isFocusLost,
  LastActive,
  Message,
  nameOf,
  Panel,
  Reasons,
  Score,
  Standing,
  StudentLink,
  seesNobody,
  Title,
  useEffect,
  useRead,
  useRef,
  Waiting,
} from './ui.js';

const ROWS_A_PAGE = 25;
const COURSES = 1000;
const REASONS_IN_A_ROW = 2;
const FILTERS = ['course', 'band', 'alert', 'assignee', 'assigned', 'contacted', 'tutor', 'group', 'text', 'order'];

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
  const set = (wanted, state = null) => {
    const next = new URLSearchParams(
      Object.entries({ ...Object.fromEntries(params), cursor: '', ...wanted }).filter(([, v]) => v !== ''),
    );
    go(`/at-risk${next.size ? `?${next}` : ''}`, { state });
  };
  const renew = () => {
    reload();
    changed();
  };
  return html`<${Title} title=${TEXTS.title} subtitle=${TEXTS.subtitle}>${freshness}<//>
    <${Filters} params=${params} courses=${data?.[1].items ?? []} known=${data?.[2]} set=${set} />
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Waiting} text=${TEXTS.loading_students} />`}
    ${
      data &&
      html`<${List} page=${data[0]} query=${query} cursor=${cursor} busy=${loading} summary=${summary} set=${set} said=${said} renew=${renew}
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
    ['muted', TEXTS.muted_now],
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
    <${Assignee} assignee=${value('assignee')} assigned=${value('assigned')} known=${known} set=${set} />
    <${Choice} id="contacted" label=${TEXTS.contacted_lately} value=${value('contacted')} options=${[['', TEXTS.any_contact], ...Object.entries(TEXTS.contacted)]} onPick=${pick('contacted')} />
    ${known?.groups.length > 0 && html`<${Choice} id="group" label=${TEXTS.filter_group} value=${value('group')} options=${[['', TEXTS.all_groups], ...known.groups.map((name) => [name, name])]} onPick=${pick('group')} />`}
    ${known?.tutors.length > 0 && html`<${Choice} id="tutor" label=${TEXTS.filter_tutor} value=${value('tutor')} options=${[['', TEXTS.all_tutors], ...known.tutors.map((tutor) => [String(tutor.user_id), tutor.name ?? TEXTS.tutor_number(tutor.user_id)])]} onPick=${pick('tutor')} />`}
    <${Choice} id="order" label=${TEXTS.order} value=${value('order') || 'score'} options=${Object.entries(TEXTS.orders)} onPick=${pick('order')} />
  </div>`;
}

/** Mine, nobody's, or one of those who have alerts; a name of the address too, though nobody has it. */
function Assignee({ assignee, assigned, known, set }) {
  const others = namesOf(known).filter((name) => !isSameName(name, me()));
  const names =
    assignee === '' || isSameName(assignee, me()) || others.some((name) => isSameName(name, assignee))
      ? others
      : [...others, assignee];
  const chosen = isSameName(assignee, me()) ? me() : names.find((name) => isSameName(name, assignee));
  const value = assignee !== '' ? `name ${chosen}` : assigned === 'false' ? 'nobody' : '';
  const options = [
    ['', TEXTS.anyone],
    [`name ${me()}`, TEXTS.mine],
    ['nobody', TEXTS.nobody_has],
    ...names.map((name) => [`name ${name}`, name]),
  ];
  const pick = (picked) =>
    set({ assignee: picked.startsWith('name ') ? picked.slice(5) : '', assigned: picked === 'nobody' ? 'false' : '' });
  return html`<${Choice} id="assignee" label=${TEXTS.assigned_to} value=${value} options=${options} onPick=${pick} />`;
}

function List({ page, query, cursor, busy, summary, set, said, renew, filtered, clear }) {
  const { items, total, next_cursor } = page;
  const [chosen, setChosen] = useChosen(items, query);
  const last = useRef(null);
  const { homeOf, toHeader } = useHome(items);
  useEffect(() => {
    last.current = null;
  }, [items]);
  const choose = (rows) => setChosen(chosenOf(rows));
  const clearChosen = () => {
    toHeader();
    choose([]);
  };
  useEscape(chosen.size > 0, clearChosen);
  if (items.length === 0)
    return html`<div id="at-risk" class="panel"><${Nothing} summary=${summary} filtered=${filtered} clear=${clear} /></div>`;
  const toggle = (event, index) => {
    const next = new Map(chosen);
    const range = event.shiftKey && last.current !== null ? between(last.current, index) : [index];
    for (const row of range.map((i) => items[i]).filter((each) => each.alert))
      if (event.target.checked) next.set(keyOf(row), row);
      else next.delete(keyOf(row));
    last.current = index;
    setChosen(next);
  };
  const here = items.filter((row) => row.alert);
  const whole_page = here.length > 0 && here.every((row) => chosen.has(keyOf(row)));
  const all = (event) => choose(event.target.checked ? [...chosen.values(), ...here] : []);
  const rows = [...chosen.values()];
  const now_ms = summary.clock.now_ms ?? Date.now();
  const one = async (row) => {
    const home = homeOf(row);
    if (await act(row, taking(), TEXTS.acknowledged, { ...said, now_ms, again: renew, home })) home();
  };
  const bulk = html`<${BulkActions} rows=${rows} summary=${summary} said=${said} left=${choose} again=${renew} home=${toHeader} />`;
  const tools = html`<${Download} path="predictions" query=${query} file="at-risk.csv" said=${said} />`;
  const title = rows.length > 0 ? TEXTS.selected(number(rows.length)) : TEXTS.list_count(total, number(total));
  return html`<${Panel} id="at-risk" busy=${busy} title=${title}
      note=${rows.length > 0 ? about(rows, here) : TEXTS.orders[query.order || 'score']} actions=${rows.length > 0 ? bulk : tools}>
    ${whole_page && here.length < total && html`<p class="more-chosen"><${SelectAll} query=${query} chosen=${rows.length} choose=${choose} said=${said} /></p>`}
    <table>
      <thead><tr>
        <th scope="col">${mayAct() && html`<input class="all" type="checkbox" aria-label=${TEXTS.select_page} onChange=${all} checked=${whole_page} />`}</th>
        <${Heads} order=${query.order || 'score'} pick=${(order) => set({ order })} />
        <th scope="col"><span class="unseen">${TEXTS.columns.action}</span></th>
      </tr></thead>
      <tbody>${items.map((row, i) => html`<${Row} key=${keyOf(row)} row=${row} summary=${summary} one=${one} chosen=${chosen.has(keyOf(row))} toggle=${(event) => toggle(event, i)} />`)}</tbody>
    </table>
    <${Pager} busy=${busy} shown=${items.length} total=${total} cursor=${cursor} next=${next_cursor} set=${set} />
  <//>`;
}

/** What can be ordered by, and which way: silence is longest where the day is the oldest. */
const SORTS = { student: ['name', 'ascending'], score: ['score', 'descending'], last_active: ['last-active', 'ascending'] };

function Heads({ order, pick }) {
  return ['student', 'score', 'trend', 'reasons', 'last_active', 'state'].map((column) => {
    const text = TEXTS.columns[column];
    const [by, way] = SORTS[column] ?? [];
    if (!by) return html`<th scope="col">${text}</th>`;
    return html`<th scope="col" aria-sort=${by === order ? way : 'none'}><button type="button" class="sort" title=${TEXTS.orders[by]} onClick=${() => pick(by)}>${text}</button></th>`;
  });
}

/** The way back lies in the history's state: cursors lead forward only. Who came by a link has the first page to go back to. */
function Pager({ busy, shown, total, cursor, next, set }) {
  const buttons = useRef(null);
  const turned = useRef(false);
  const before = history.state?.before ?? [];
  useEffect(() => {
    if (turned.current && isFocusLost()) buttons.current?.querySelector('button')?.focus();
  }, [cursor, next, shown]);
  if (!cursor && !next) return null;
  const turn = (to, passed) => {
    turned.current = true;
    // Of a page that is on its way it is not known yet what comes after.
    if (!busy) set({ cursor: to }, passed.length > 0 ? { before: passed } : null);
  };
  const back = () => turn(before.at(-1) ?? '', before.slice(0, -1));
  const on = () => turn(next, [...before, cursor ?? '']);
  const from = before.length * ROWS_A_PAGE;
  const is_known = !cursor || before.length > 0;
  return html`<p ref=${buttons} class="more">
    ${cursor && html`<button type="button" onClick=${back}>${is_known ? TEXTS.previous_page : TEXTS.first_page}</button>`}
    ${is_known && !busy && html` <span class="note">${TEXTS.rows_shown(number(from + 1), number(from + shown), number(total))}</span> `}
    ${next && html`<button type="button" onClick=${on}>${TEXTS.next_page}</button>`}
  </p>`;
}

const between = (a, b) => Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => Math.min(a, b) + i);
/** Of those chosen: how many are somebody's already, and how many are not to be seen here. */
function about(rows, here) {
  const [assigned, elsewhere] = [
    rows.filter((row) => row.alert.assignee !== null).length,
    rows.filter((row) => !here.some((each) => keyOf(each) === keyOf(row))).length,
  ];
  const notes = [assigned > 0 && TEXTS.already_assigned(number(assigned)), elsewhere > 0 && TEXTS.elsewhere(number(elsewhere))];
  return notes.filter(Boolean).join(' · ');
}

/** Roles are written out: on narrow screens the rows are laid out as cards, and browsers then forget that this is a table. */
function Row({ row, summary, one, chosen, toggle }) {
  const { score, alert, person, course } = row;
  const { threshold, clock } = summary;
  return html`<tr role="row" class=${chosen ? 'chosen' : ''}>
    <td role="cell" class="pick">${alert && mayAct() && html`<input type="checkbox" aria-label=${TEXTS.select(nameOf(person))} checked=${chosen} onClick=${toggle} />`}</td>
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
    <td role="cell" class="act">${alert?.state === 'open' && mayAct() && html`<button type="button" aria-label=${TEXTS.take_for(nameOf(person))} onClick=${() => one(row)}>${TEXTS.take}</button>`}</td>
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
  if (seesNobody(summary)) return html`<${Message} text=${TEXTS.sees_nothing} />`;
  if (scored === 0 || highest_score === null) return html`<${Message} text=${TEXTS.empty_unscored} />`;
  const highest = scoreText(highest_score, bandOf(highest_score, threshold), threshold);
  const when = recently(clock.last_tick_ms ?? clock.now_ms, clock.now_ms);
  return html`<${Message} text=${TEXTS.empty(scored, number(scored), when, highest, percent(threshold))} />`;
}
