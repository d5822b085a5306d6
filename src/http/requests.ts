/** What may be sent: queries and bodies. Anything not declared here is refused. */
import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { IsIn, ValidateIf } from 'class-validator';
import { PERSON_OUTCOMES, type PersonOutcome } from '../domain.js';
import { DAYS_MAX, DAYS_SHOWN } from '../reading/course-days.js';
import {
  ALERTS_AT_HAND,
  type AlertAtHand,
  PREDICTION_ORDERS,
  type PredictionOrder,
  SESSION_ORDERS,
  type SessionOrder,
} from '../reading/filters.js';
import {
  ANY_WHOLE_NUMBER,
  Numeric,
  PathInteger,
  QueryBoolean,
  QueryInstant,
  QueryInteger,
  QueryNumber,
  QueryText,
  QueryWord,
  QueryWords,
  ShortText,
} from './fields.js';

export const LIMIT_DEFAULT = 100;
/** More in one answer keeps other readers waiting; the text formats of a table stream instead. */
export const LIMIT_MAX = 1000;
const CURSOR_LENGTH_MAX = 1000;
const ASSIGNEE_LENGTH_MAX = 200;
/** Longer than names are. */
const SEARCH_LENGTH_MAX = 200;
const GROUP_LENGTH_MAX = 255;
const KEY_LENGTH_MAX = 200;
/** A page of text: a note on a conversation, not a file. */
const NOTE_LENGTH_MAX = 2000;
/** 31 Dec 9999: what a date in a form can reach. */
const TIME_MS_MAX = 253_402_300_799_999;

export const ALERT_STATES = ['open', 'acknowledged', 'resolved', 'expired'] as const;
export const ALERT_STATES_BY_HAND = ['open', 'acknowledged', 'resolved'] as const;
export const BANDS = ['low', 'raised', 'high', 'very high'] as const;

/** May be left out, not null: `IsOptional` would let a null through to the core. */
export const Optional = () => ValidateIf((_, value) => value !== undefined);
const OptionalOrNull = () => ValidateIf((_, value) => value !== undefined && value !== null);

export class CoursePath {
  @PathInteger()
  courseId!: number;
}

export class DaysQuery {
  @QueryInteger('How many days up to today.', { min: 1, max: DAYS_MAX, default: DAYS_SHOWN })
  days?: number;
}

export class StudentPath {
  @PathInteger()
  userId!: number;
}

export class EnrolmentPath extends StudentPath {
  @PathInteger()
  courseId!: number;
}

export class PageQuery {
  @QueryInteger('How many items at most.', { min: 1, max: LIMIT_MAX, default: LIMIT_DEFAULT })
  limit?: number;

  @QueryText('The next_cursor of the page before.', CURSOR_LENGTH_MAX)
  cursor?: string;
}

export class SessionsQuery extends PageQuery {
  @QueryWord('The order, by when they began; oldest where nothing is said.', SESSION_ORDERS)
  order?: SessionOrder;
}

/** Who is whose, as the student information system says. */
export class BelongingQuery extends PageQuery {
  @QueryInteger('Only students of this tutor, by user id.')
  tutor?: number;

  @QueryText('Only students of this group or intake, by its name.', GROUP_LENGTH_MAX)
  group?: string;
}

const CONTACTED = 'true: only students whom somebody reached, or tried to reach, in the last 14 days; false: only the others.';

export class SummaryQuery {
  @QueryInteger('Only this course.')
  course?: number;

  @QueryInteger('Only students of this tutor, by user id.')
  tutor?: number;

  @QueryText('Only students of this group or intake, by its name.', GROUP_LENGTH_MAX)
  group?: string;

  @QueryBoolean(CONTACTED)
  contacted?: boolean;
}

export class EarlyQuery extends BelongingQuery {
  @QueryInteger('Only this course.')
  course?: number;

  @QueryBoolean(CONTACTED)
  contacted?: boolean;

  @QueryBoolean('true: one row a student, the likeliest first, whom nobody has to call now last; also_in: their other courses.')
  one_each?: boolean;
}

export class PredictionsQuery extends BelongingQuery {
  @QueryInteger('Only this course.')
  course?: number;

  @QueryInteger('Only this student.')
  user?: number;

  @QueryNumber('Only scores above this one, strictly.', 0, 1)
  above?: number;

  @QueryWord('Only scores of this band.', BANDS)
  band?: string;

  @QueryBoolean('true: only enrolments with a score; false: only those without.')
  scored?: boolean;

  @QueryWords('Only where the alert at hand is in one of these states; none: no alert; muted: muted now.', ALERTS_AT_HAND)
  alert?: AlertAtHand[];

  @QueryText('Only where the alert at hand is assigned to this person; letters of any case.', ASSIGNEE_LENGTH_MAX)
  assignee?: string;

  @QueryBoolean('true: only where the alert at hand is assigned to somebody; false: only where it is assigned to nobody.')
  assigned?: boolean;

  @QueryBoolean(CONTACTED)
  contacted?: boolean;

  @QueryText('Only students whose name holds this text, or whose number it is.', SEARCH_LENGTH_MAX)
  text?: string;

  @QueryWord('The order; score where nothing is said.', PREDICTION_ORDERS)
  order?: PredictionOrder;

  @QueryBoolean('true: with the scheduled scores of the last 28 days; limit at most 100.')
  trend?: boolean;
}

export class AlertsQuery extends BelongingQuery {
  @QueryWords('Only alerts in one of these states.', ALERT_STATES)
  state?: (typeof ALERT_STATES)[number][];

  @QueryInteger('Only this course.')
  course?: number;

  @QueryInteger('Only this student.')
  user?: number;

  @QueryText('Only alerts assigned to this person; letters of any case.', ASSIGNEE_LENGTH_MAX)
  assignee?: string;

  @QueryInstant('Only those opened from this time on (inclusive), ISO 8601 with a zone.')
  from?: number;

  @QueryInstant('Only those opened before this time (exclusive), ISO 8601 with a zone.')
  to?: number;

  @QueryBoolean(CONTACTED)
  contacted?: boolean;
}

/** Which contacts; the list has pages, its figures have none. */
export class ContactsOf {
  @QueryInteger('Only students of this tutor, by user id.')
  tutor?: number;

  @QueryText('Only students of this group or intake, by its name.', GROUP_LENGTH_MAX)
  group?: string;

  @QueryInteger('Only this course.')
  course?: number;

  @QueryInstant('Only those resolved from this time on (inclusive), ISO 8601 with a zone.')
  from?: number;

  @QueryInstant('Only those resolved before this time (exclusive), ISO 8601 with a zone.')
  to?: number;
}

export class ContactsQuery extends IntersectionType(PageQuery, ContactsOf) {}

export class TableQuery extends PageQuery {
  @QueryInteger('Only this course.')
  course?: number;

  @QueryInteger('Only this student.')
  user?: number;

  @QueryInstant('From this time on (inclusive), ISO 8601 with a zone.')
  from?: number;

  @QueryInstant('Before this time (exclusive), ISO 8601 with a zone.')
  to?: number;
}

export class AlertPatch {
  @ApiPropertyOptional({ enum: ALERT_STATES_BY_HAND, description: 'The new state; open is always refused with 409.' })
  @Optional()
  @IsIn(ALERT_STATES_BY_HAND)
  state?: (typeof ALERT_STATES_BY_HAND)[number];

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    minLength: 1,
    maxLength: ASSIGNEE_LENGTH_MAX,
    description: 'Who looks after it; null: nobody.',
  })
  @OptionalOrNull()
  @ShortText(ASSIGNEE_LENGTH_MAX)
  assignee?: string | null;

  @ApiPropertyOptional({
    type: 'integer',
    nullable: true,
    minimum: 0,
    maximum: TIME_MS_MAX,
    description: 'No alert for this enrolment before this time; null: not muted.',
  })
  @OptionalOrNull()
  @Numeric('whole number', 0, TIME_MS_MAX)
  muted_until_ms?: number | null;

  @ApiPropertyOptional({ enum: PERSON_OUTCOMES, description: 'What came of it; with the state resolved.' })
  @Optional()
  @IsIn(PERSON_OUTCOMES)
  outcome?: PersonOutcome;

  @ApiPropertyOptional({
    type: 'string',
    nullable: true,
    minLength: 1,
    maxLength: NOTE_LENGTH_MAX,
    description: 'Replaces the note; null: no note.',
  })
  @OptionalOrNull()
  @ShortText(NOTE_LENGTH_MAX)
  note?: string | null;
}

export class AlertOpening {
  @ApiProperty({ type: 'integer', ...ANY_WHOLE_NUMBER, description: 'The student.' })
  @Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  user_id!: number;

  @ApiProperty({ type: 'integer', ...ANY_WHOLE_NUMBER, description: 'The course.' })
  @Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  course_id!: number;

  @ApiPropertyOptional({
    type: 'string',
    minLength: 1,
    maxLength: ASSIGNEE_LENGTH_MAX,
    description: 'Who looks after it; left out: who asks.',
  })
  @Optional()
  @ShortText(ASSIGNEE_LENGTH_MAX)
  assignee?: string;

  @ApiPropertyOptional({ type: 'string', minLength: 1, maxLength: NOTE_LENGTH_MAX, description: 'A note.' })
  @Optional()
  @ShortText(NOTE_LENGTH_MAX)
  note?: string;
}

export class SignIn {
  @ApiProperty({ type: 'string', minLength: 1, maxLength: KEY_LENGTH_MAX, description: 'An access key: hf_…' })
  @ShortText(KEY_LENGTH_MAX)
  key!: string;
}

export class ScoreRequest {
  @ApiPropertyOptional({ type: 'integer', ...ANY_WHOLE_NUMBER, description: 'Only this student.' })
  @Optional()
  @Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  user_id?: number;

  @ApiPropertyOptional({ type: 'integer', ...ANY_WHOLE_NUMBER, description: 'Only this course.' })
  @Optional()
  @Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  course_id?: number;
}
