/** Notices to staff, and the ways they go. */

export interface Notice {
  /** The same notice has the same id whenever it is sent: a repetition after a crash can be told apart from news. */
  id: string;
  /** An address of mail, or Moodle's id of a person: as the channel needs it. */
  to: string;
  subject: string;
  /** Plain text, lines of some 80 characters. */
  text: string;
  /** Where it is ended with one click, without signing in. */
  unsubscribe: string;
}

/** This notice will never be taken. Without its content and receiver. */
export class NoticeRefused extends Error {
  override readonly name = 'NoticeRefused';
}

/** Not taken for this receiver just now, as a full mailbox; the others may have theirs. Without its content and receiver. */
export class NoticePostponed extends Error {
  override readonly name = 'NoticePostponed';
}

/** No notice is taken just now; it is worth trying again. The message says what to look at. */
export class ChannelUnavailable extends Error {
  override readonly name = 'ChannelUnavailable';
}

/** By which staff may be told. */
export const NOTICE_CHANNELS = ['mail', 'moodle-message'] as const;

/** The position that keeps what somebody was told; a channel's name has none of LIKE's wildcards. */
export const noticeMark = (channel: string, of: string | number): string => `notices:${channel}:${of}`;

export abstract class NoticeChannel {
  abstract readonly name: (typeof NOTICE_CHANNELS)[number];
  /** Resolves when the other side has taken it. Throws `NoticeRefused`, `NoticePostponed` or `ChannelUnavailable`. */
  abstract send(notice: Notice): Promise<void>;
  abstract close(): Promise<void>;
}
