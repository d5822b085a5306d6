/** Which of the five kinds of activity an event of Moodle's log is. */
import type { ActivityGroup } from '../domain.js';

const GROUP_OF_COMPONENT: ReadonlyMap<string, ActivityGroup> = new Map([
  ...['page', 'resource', 'url', 'book', 'folder', 'scorm', 'h5pactivity', 'lesson', 'imscp', 'label'].map(
    (name) => [`mod_${name}`, 'content'] as const,
  ),
  ...['forum', 'chat', 'wiki', 'glossary', 'data', 'bigbluebuttonbn'].map((name) => [`mod_${name}`, 'social'] as const),
  ...['quiz', 'assign', 'workshop', 'feedback', 'choice', 'survey'].map((name) => [`mod_${name}`, 'assessment'] as const),
]);

/** Core events of moving about that do not start with `course_` or `dashboard_`. */
const NAVIGATION_EVENTS: ReadonlySet<string> = new Set([
  'courses_searched',
  'mycourses_viewed',
  'section_viewed',
  'user_loggedin',
  'user_loggedinas',
  'user_loggedout',
  'user_login_failed',
]);

/**
 * | component | eventname | group |
 * | --- | --- | --- |
 * | `mod_page` | any | content |
 * | `assignsubmission_file` | any | assessment |
 * | `core` | `\core\event\course_viewed` | navigation |
 * | `core` | `\core\event\course_module_completion_updated` | other: a consequence of an activity, not a step |
 * | `core` | `\core\event\message_sent` | social |
 * | null | `\mod_quiz\event\attempt_started` | assessment, by the name of the event |
 */
export function groupOf(component: string | null, eventname: string | null): ActivityGroup {
  const part = component ?? componentOf(eventname);
  if (part === 'core') return groupOfCore(shortEvent(eventname));
  const group = GROUP_OF_COMPONENT.get(part);
  if (group !== undefined) return group;
  return part.startsWith('assignsubmission_') || part.startsWith('gradereport_') ? 'assessment' : 'other';
}

/** `\mod_quiz\event\attempt_started` → `mod_quiz`; empty where there is no name. */
export function componentOf(eventname: string | null): string {
  if (eventname === null) return '';
  const start = eventname.startsWith('\\') ? 1 : 0;
  const end = eventname.indexOf('\\', start);
  return end < 0 ? '' : eventname.slice(start, end);
}

/** `\core\event\course_viewed` → `course_viewed`. */
export function shortEvent(eventname: string | null): string {
  return eventname === null ? '' : eventname.slice(eventname.lastIndexOf('\\') + 1);
}

function groupOfCore(event: string): ActivityGroup {
  if (event.startsWith('course_')) return event.startsWith('course_module_') ? 'other' : 'navigation';
  if (event.startsWith('dashboard_') || NAVIGATION_EVENTS.has(event)) return 'navigation';
  return event.startsWith('message_') || event.startsWith('group_message_') ? 'social' : 'other';
}
