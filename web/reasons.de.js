/** Die Gründe eines Werts auf Deutsch, nach Merkmal. */

const whole = new Intl.NumberFormat('de-DE', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('de-DE', { maximumFractionDigits: 1 });
const shares = new Intl.NumberFormat('de-DE', { style: 'percent' });

const figure = (value) => (Math.abs(value) < 10 ? tenth.format(Math.round(value * 10) / 10 + 0) : whole.format(value));
const percent = (share) => shares.format(share);
const counted = (value, one, other) => (figure(value) === '1' ? `1 ${one}` : `${figure(value)} ${other}`);
const against = ({ median }, say) => (median === undefined ? '' : ` – Median des Kurses: ${say(median)}`);
/** „12 Tage“, und nach seit, mit und von „12 Tagen“. */
const days = (n) => counted(n, 'Tag', 'Tage');
const days_dative = (n) => counted(n, 'Tag', 'Tagen');
const acts = (n) => counted(n, 'Aktivität', 'Aktivitäten');
const minutes = (n) => counted(n, 'Minute', 'Minuten');
const every = (n) => (n <= 1 ? 'jeden Tag' : `alle ${days(n)}`);

const activeDays = (of) => (n, has) => `Aktiv an ${figure(n)} der letzten ${of} Tage${against(has, days)}`;
const activities = (of) => (n, has) => `${acts(n)} in den letzten ${of} Tagen${against(has, figure)}`;
const kind = (where) => (n, has) => `${acts(n)} ${where} in den letzten 28 Tagen${against(has, figure)}`;
const sessions = (of) => (n, has) => `${counted(n, 'Sitzung', 'Sitzungen')} in den letzten ${of} Tagen${against(has, figure)}`;
const before = (now, month) => figure((month - now) / 3);

function silence(n, has) {
  const than = against(has, (m) => (m < 1 ? 'am letzten Tag aktiv' : days(m)));
  if (has.activities_per_week === 0) return `Bisher keine Aktivität in diesem Kurs, in ${days_dative(n)}${than}`;
  return n < 1 ? `Am letzten Tag aktiv${than}` : `Keine Aktivität seit ${days_dative(n)}${than}`;
}

function handedIn(_, has) {
  const than = against(has, (m) => `${percent(m)} abgegeben`);
  const due = figure(has.due_all);
  return has.not_handed_in_all > 0
    ? `${figure(has.not_handed_in_all)} von ${due} bisher fälligen Abgaben fehlen${than}`
    : `Alle ${due} bisher fälligen Abgaben sind da${than}`;
}

const margin = (n) => `${days(Math.abs(n))} ${n < 0 ? 'nach' : 'vor'}`;

function enrolled(n) {
  if (n === 0) return 'Eingeschrieben am Tag, an dem der Kurs begann';
  return `Eingeschrieben ${days(Math.abs(n))} ${n < 0 ? 'nach' : 'vor'} Beginn des Kurses`;
}

/** Nach Merkmal: aus seinem Wert und den Zahlen daneben. */
export const REASONS = {
  days_since_activity: silence,
  silence_vs_own_gap: (_, has) =>
    `Keine Aktivität seit ${days_dative(has.days_since_activity)} – eigener Median: ${has.median_gap_days <= 1 ? 'jeden Tag' : `alle ${days(has.median_gap_days)}`} aktiv`,
  median_gap_days: (n, has) => `Die Hälfte der Pausen dauert höchstens ${days(n)}${against(has, days)}`,
  mean_gap_days: (n, has) => `Im Mittel ${every(n)} aktiv${against(has, every)}`,
  longest_gap_days: (n) => `Längste Pause bisher: ${days(n)}`,
  active_days_share: (n, has) => `Aktiv an ${percent(n)} aller Tage bisher${against(has, percent)}`,
  active_days_7: activeDays(7),
  active_days_14: activeDays(14),
  active_days_28: activeDays(28),
  activities_7: activities(7),
  activities_14: activities(14),
  activities_28: activities(28),
  activities_per_week: (n, has) => `Bisher ${acts(n)} je Woche${against(has, figure)}`,
  active_weeks_4: (n) => `Aktiv in ${figure(n)} der letzten 4 Wochen`,
  weeks_in_a_row: (n) => `Aktiv in jeder der letzten ${figure(n)} Wochen`,
  trend_activities: (_, { activities_7: now, activities_28: month }) =>
    `${acts(now)} in den letzten 7 Tagen – in den drei Wochen davor: ${before(now, month)} je Woche`,
  trend_active_days: (_, { active_days_7: now, active_days_28: month }) =>
    `Aktiv an ${figure(now)} der letzten 7 Tage – in den drei Wochen davor: ${before(now, month)} je Woche`,
  navigation_28: kind('auf Kursseiten'),
  content_28: kind('in Seiten und Dateien'),
  social_28: kind('in Foren, Chats und Wikis'),
  assessment_28: kind('in Tests und Aufgaben'),
  other_28: kind('in anderen Teilen des Kurses'),
  sessions_14: sessions(14),
  sessions_28: sessions(28),
  mean_session_minutes_28: (n, has) => `Sitzungen dauern im Mittel ${minutes(n)}${against(has, minutes)}`,
  active_days_before_start: (n) => `Aktiv an ${days_dative(n)} vor Beginn des Kurses`,
  enrolled_before_start_days: enrolled,
  handed_in_28: (n, has) => `${counted(n, 'Abgabe', 'Abgaben')} in den letzten 28 Tagen${against(has, figure)}`,
  not_handed_in_28: (_, has) =>
    `${figure(has.not_handed_in_28)} von ${figure(has.due_28)} in den letzten 28 Tagen fälligen Abgaben fehlen${against(has, (m) => `${figure(m)} fehlen`)}`,
  not_handed_in_all: handedIn,
  handed_in_share: handedIn,
  days_since_hand_in: (n, has) => `Letzte Abgabe: vor ${days_dative(n)}${against(has, (m) => `vor ${days_dative(m)}`)}`,
  late_all: (n, has) => `${figure(n)} von ${figure(has.due_all)} bisher fälligen Abgaben kamen nach dem Termin`,
  hand_in_margin_days: (n, has) => `Gibt im Mittel ${margin(n)} dem Termin ab${against(has, margin)}`,
  days_to_next_due: (n) => `Nächster Termin: in ${days_dative(n)}`,
  due_next_28: (n) => `${figure(n)} Abgaben in den nächsten 28 Tagen fällig`,
};

/** Wo Tage ohne Lehre nicht mitzählen. */
export const inTeachingDays = (sentence) => sentence.replace(/(\d) Tag(en|e)?(?![a-zäöüß])/g, '$1 Unterrichtstag$2');
