/** Decorators for the fields of queries and bodies: each reads, checks and documents one kind of value. */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, type TransformFnParams } from 'class-transformer';
import { IsIn, IsOptional, ValidateBy } from 'class-validator';

type Read = (text: string) => unknown;

/** Reads a query's text; what cannot be read stays as it is, and the check after it says so. */
function reading(read: Read): PropertyDecorator {
  return Transform(({ value }: TransformFnParams) => (typeof value === 'string' ? read(value) : value));
}

/** `"12"`, `"-1"`; not `"1e3"`, `"0x10"`, `""`, which `Number` would take. */
export function wholeNumberIn(text: string): number | string {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : text;
}

/** One rule for a number, so that one mistake is one fault. */
export function Numeric(kind: 'whole number' | 'number', min: number, max: number) {
  const fits = (value: unknown) => (kind === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value));
  const validate = (value: unknown) => fits(value) && (value as number) >= min && (value as number) <= max;
  const bounded = max !== Number.MAX_SAFE_INTEGER;
  const message = `$property must be a ${kind}${bounded ? ` from ${min} to ${max}` : ''}`;
  return ValidateBy({ name: kind.replace(' ', '-'), validator: { validate } }, { message });
}

/** As the document says it: those that JSON and JavaScript hold exactly. */
export const ANY_WHOLE_NUMBER = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } as const;

/** A whole number in the path; negative ones and 0 are users of a log without courses. */
export function PathInteger() {
  return applyDecorators(
    ApiProperty({ type: 'integer', ...ANY_WHOLE_NUMBER }),
    reading(wholeNumberIn),
    Numeric('whole number', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  );
}

export function QueryInteger(description: string, range: { min?: number; max?: number; default?: number } = {}) {
  const { minimum, maximum } = ANY_WHOLE_NUMBER;
  const documented = { minimum: range.min ?? minimum, maximum: range.max ?? maximum, default: range.default };
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', description, ...documented }),
    IsOptional(),
    reading(wholeNumberIn),
    Numeric('whole number', range.min ?? Number.MIN_SAFE_INTEGER, range.max ?? Number.MAX_SAFE_INTEGER),
  );
}

export function QueryNumber(description: string, min: number, max: number) {
  const read = (text: string) => (/^-?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : text);
  return applyDecorators(
    ApiPropertyOptional({ type: 'number', description, minimum: min, maximum: max }),
    IsOptional(),
    reading(read),
    Numeric('number', min, max),
  );
}

export function QueryBoolean(description: string) {
  const read = (text: string) => (text === 'true' ? true : text === 'false' ? false : text);
  return applyDecorators(
    ApiPropertyOptional({ type: 'boolean', description }),
    IsOptional(),
    reading(read),
    IsIn([true, false], { message: '$property must be true or false' }),
  );
}

/** An identifier or name, not free text: bounded, so that nobody sends a book. */
export function QueryText(description: string, max: number) {
  return applyDecorators(
    ApiPropertyOptional({ type: 'string', description, minLength: 1, maxLength: max }),
    IsOptional(),
    ShortText(max),
  );
}

/** Several of a few words: `?state=open,acknowledged` or `?state=open&state=acknowledged`. */
export function QueryWords(description: string, words: readonly string[]) {
  const read = ({ value }: TransformFnParams) =>
    value === undefined ? undefined : [value].flat().flatMap((v) => (typeof v === 'string' ? v.split(',') : [v]));
  return applyDecorators(
    ApiPropertyOptional({ type: 'array', items: { type: 'string', enum: [...words] }, description }),
    IsOptional(),
    Transform(read),
    IsIn(words, { each: true }),
  );
}

/** A band is one word or two, so it is not split at commas. */
export function QueryWord(description: string, words: readonly string[]) {
  return applyDecorators(ApiPropertyOptional({ type: 'string', enum: [...words], description }), IsOptional(), IsIn(words));
}

/** Date, time and zone: a time without a zone means another moment in every country. */
const ISO_WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** `2025-11-18T03:00:00+01:00` → 1763431200000; anything else, `2025-11-18` too, stays text. */
export function instantIn(text: string): number | string {
  const value = ISO_WITH_ZONE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(value) ? text : value;
}

export function QueryInstant(description: string) {
  const example = '2025-11-18T03:00:00Z';
  return applyDecorators(
    ApiPropertyOptional({ type: 'string', format: 'date-time', description, example }),
    IsOptional(),
    reading(instantIn),
    ValidateBy(
      { name: 'instant', validator: { validate: (value) => Number.isSafeInteger(value) } },
      { message: `$property must be an ISO 8601 time with a zone, such as ${example}` },
    ),
  );
}

export function ShortText(max: number) {
  return ValidateBy(
    {
      name: 'text',
      validator: { validate: (value) => typeof value === 'string' && value.length > 0 && value.length <= max },
    },
    { message: `$property must be a text of 1 to ${max} characters` },
  );
}
