import type { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError } from '../service.ts';

/** A member's value from a header or a query parameter. */
export function fromText(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) return text.toLowerCase() === 'true';
  if (schema.isNumericSchema() || schema.isBigIntegerSchema()) {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < 0) {
      throw new ServiceError('InvalidArgument', `"${text.slice(0, 80)}" is not a number that S3 knows here.`);
    }
    return number;
  }
  if (schema.isTimestampSchema()) {
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? undefined : at;
  }
  if (schema.isListSchema()) return text.split(',').map((item) => item.trim());
  return text;
}

/** A header's text from a member's value. */
export const toText = (value: unknown): string =>
  value instanceof Date ? value.toUTCString() : Array.isArray(value) ? value.join(', ') : String(value);
