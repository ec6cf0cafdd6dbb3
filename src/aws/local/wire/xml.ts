import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';

/** ISO 8601, the default of every XML protocol. */
const DATE_TIME = 5;

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The members of a structure as XML, without the element around them: each protocol names that one differently. */
export function innerXml(schema: NormalizedSchema, value: unknown): string {
  if (!schema.isStructSchema()) return '';
  const serializer = new XmlShapeSerializer({
    timestampFormat: { useTrait: true, default: DATE_TIME },
    xmlNamespace: '',
    serviceNamespace: '',
  });
  serializer.write(schema, value ?? {});
  const text = String(serializer.flush());
  const close = text.lastIndexOf('</');
  return close < 0 ? '' : text.slice(text.indexOf('>') + 1, close);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

/** `<tag>text</tag>`, escaped. */
export const element = (tag: string, text: string): string => `<${tag}>${escapeXml(text)}</${tag}>`;
