/** How requests are checked: undeclared fields are refused, faults leave as one problem with a pointer each. */
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { type Fault, invalid } from './problem.js';

export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    validationError: { target: false, value: false },
    // One fault for each field: the others would follow from it.
    stopAtFirstError: true,
    exceptionFactory: (errors) => invalid(errors.flatMap((error) => faults(error, ''))),
  });
}

/** Nested errors as pointers: `/reasons/0/text`. `whitelistValidation` is what class-validator calls a field too many. */
function faults(error: ValidationError, above: string): Fault[] {
  const pointer = error.property === undefined ? above : `${above}/${escaped(error.property)}`;
  const own = Object.entries(error.constraints ?? {}).map(([rule, detail]) => fault(pointer, rule, detail));
  return [...own, ...(error.children ?? []).flatMap((child) => faults(child, pointer))];
}

function fault(pointer: string, rule: string, detail: string): Fault {
  if (rule === 'whitelistValidation') return { pointer, rule: 'unknown', detail: 'There is no such field.' };
  if (rule === 'isObject') return { pointer: '', rule: 'object', detail: 'A JSON object is expected.' };
  return { pointer, rule, detail };
}

/** RFC 6901: `~` and `/` inside a name. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
