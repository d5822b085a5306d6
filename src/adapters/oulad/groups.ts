/** OULAD's activity types are plugins of a Moodle; here as the groups that a Moodle log gives. */
import type { ActivityGroup } from '../../domain.js';

const GROUP_OF: Readonly<Record<string, ActivityGroup>> = {
  homepage: 'navigation', // the course page
  subpage: 'navigation', // a page of links inside the course
  sharedsubpage: 'navigation',
  repeatactivity: 'navigation', // a link to an activity elsewhere in the course
  resource: 'content',
  url: 'content',
  page: 'content',
  folder: 'content',
  oucontent: 'content', // structured text, like a book
  htmlactivity: 'content',
  dualpane: 'content',
  forumng: 'social',
  ouwiki: 'social',
  oucollaborate: 'social', // live meetings
  ouelluminate: 'social',
  glossary: 'social',
  dataplus: 'social',
  quiz: 'assessment',
  externalquiz: 'assessment',
  questionnaire: 'assessment',
};

/** @example groupOf('forumng') → 'social'; an unknown type is 'other' */
export function groupOf(activity_type: string): ActivityGroup {
  return Object.hasOwn(GROUP_OF, activity_type) ? GROUP_OF[activity_type]! : 'other';
}
