/** What notices say. By default how many and where, and neither name nor score: a mail is read on trains, and kept by others. */
import type { OpenAlert } from './standing.js';

export type NoticeLanguage = 'en' | 'de';

export interface Said {
  subject: string;
  text: string;
}

interface Words {
  subject(news: number, listed: number, unread: number): string;
  /** `at` is where the page is. */
  body(news: number, listed: number, open: number, unread: number, at: string): string;
  why: string;
  end(address: string): string;
}

const some = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

const WORDS: Readonly<Record<NoticeLanguage, Words>> = {
  en: {
    subject: (news, listed, unread) => {
      if (news > 0) return `Holdfast: ${some(news, 'new alert', 'new alerts')}`;
      if (unread > 0) return `Holdfast: ${some(unread, 'student', 'students')} wrote something to read`;
      return `Holdfast: ${some(listed, 'student', 'students')} to call this week`;
    },
    body: (news, listed, open, unread, at) =>
      [
        `New alerts since you were last told: ${news}`,
        `Open alerts that nobody has taken: ${open}`,
        `Your students on this week's list: ${listed}`,
        `Your students who wrote something that nobody has read yet: ${unread}`,
        '',
        `Who they are, and why: ${at}`,
      ].join('\n'),
    why: 'This message names nobody on purpose. It is about the students whom Moodle or the university gives to you.',
    end: (address) => `No more of these: ${address}`,
  },
  de: {
    subject: (news, listed, unread) => {
      if (news > 0) return `Holdfast: ${some(news, 'neuer Hinweis', 'neue Hinweise')}`;
      if (unread > 0) return `Holdfast: ${some(unread, 'Person hat', 'Personen haben')} Ihnen etwas geschrieben`;
      return `Holdfast: ${some(listed, 'Person', 'Personen')} auf der Liste dieser Woche`;
    },
    body: (news, listed, open, unread, at) =>
      [
        `Neue Hinweise seit der letzten Nachricht: ${news}`,
        `Offene Hinweise, die niemand übernommen hat: ${open}`,
        `Ihre Studierenden auf der Liste dieser Woche: ${listed}`,
        `Ihre Studierenden, die etwas geschrieben haben, was noch niemand gelesen hat: ${unread}`,
        '',
        `Wer es ist, und warum: ${at}`,
      ].join('\n'),
    why: 'Diese Nachricht nennt mit Absicht niemanden. Es geht um die Studierenden, die Moodle oder die Universität Ihnen zuordnet.',
    end: (address) => `Keine weiteren Nachrichten dieser Art: ${address}`,
  },
};

export function countsSaid(
  language: NoticeLanguage,
  { news, listed, open, unread }: { news: number; listed: number; open: number; unread: number },
  { page, unsubscribe }: { page: string; unsubscribe: string },
): Said {
  const words = WORDS[language];
  const at = news > 0 ? `${page}/at-risk` : `${page}/`;
  const text = [words.body(news, listed, open, unread, at), words.why, words.end(unsubscribe)].join('\n\n');
  return { subject: words.subject(news, listed, unread), text: `${text}\n` };
}

/** As the system that this one replaces said it, to the word and so in English whatever the site's language: filters of mail go by it. */
export function originalSaid(
  { user_id, name, course, score }: OpenAlert,
  { page, unsubscribe }: { page: string; unsubscribe: string },
): Said {
  const who = oneLine(name === null ? `User ${user_id}` : `${name} (user ${user_id})`);
  const text = [
    `${who} in ${oneLine(course)} has a withdrawal score of ${score.toFixed(2)}.`,
    `${page}/students/${user_id}`,
    WORDS.en.end(unsubscribe),
  ].join('\n\n');
  return { subject: 'Withdrawal Risky Student', text: `${text}\n` };
}

/** A name from elsewhere makes no lines of its own. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
